from keras.applications.resnet50 import ResNet50
from keras.preprocessing.image import ImageDataGenerator
from keras.layers import Dense, GlobalAveragePooling2D
from keras.models import Model

train_gen = ImageDataGenerator(rescale=1./255, horizontal_flip=True)
val_gen = ImageDataGenerator(rescale=1./255)
train = train_gen.flow_from_directory('birds/train', target_size=(224, 224), batch_size=16)
val = val_gen.flow_from_directory('birds/val', target_size=(224, 224), batch_size=16)

base = ResNet50(weights='imagenet', include_top=False)
for layer in base.layers:
    layer.trainable = False
x = GlobalAveragePooling2D()(base.output)
out = Dense(12, activation='softmax')(x)
model = Model(base.input, out)
model.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])
model.fit(train, epochs=20, validation_data=val)
