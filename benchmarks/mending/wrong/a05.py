from keras.datasets import cifar10
from keras import layers, models, optimizers
(x_train, y_train), (x_test, y_test) = cifar10.load_data()
x_train = x_train.astype('float32') / 255
x_test = x_test.astype('float32') / 255
hp = {
    'lr': 0.5,
    'batch': 64,
    'epochs': 20,
}
m = models.Sequential()
m.add(layers.Conv2D(32, (3, 3), activation='relu', input_shape=(32, 32, 3)))
m.add(layers.MaxPooling2D())
m.add(layers.Conv2D(64, (3, 3), activation='relu'))
m.add(layers.Flatten())
m.add(layers.Dense(10, activation='softmax'))
m.compile(loss='sparse_categorical_crossentropy', optimizer=optimizers.RMSprop(learning_rate=hp['lr']), metrics=['acc'])
m.fit(x_train, y_train, batch_size=hp['batch'], epochs=hp['epochs'], validation_split=0.1)
print(m.evaluate(x_test, y_test))
