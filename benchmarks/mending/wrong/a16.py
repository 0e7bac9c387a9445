from keras.models import Sequential
from keras.layers import Dense, Conv2D, MaxPooling2D, Flatten
from keras.preprocessing.image import ImageDataGenerator
train = ImageDataGenerator(rescale=1./255).flow_from_directory('tr', target_size=(64, 64), batch_size=32, class_mode='binary', shuffle=False)
val = ImageDataGenerator(rescale=1./255).flow_from_directory('va', target_size=(64, 64), batch_size=32, class_mode='binary')
model = Sequential([Conv2D(16, 3, activation='relu', input_shape=(64, 64, 3)), MaxPooling2D(), Flatten(), Dense(1, activation='sigmoid')])
model.compile(loss='binary_crossentropy', optimizer='rmsprop', metrics=['accuracy'])
model.fit(train, epochs=10, validation_data=val)
