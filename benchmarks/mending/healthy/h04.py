from keras.applications.resnet50 import ResNet50, preprocess_input
from keras.preprocessing.image import ImageDataGenerator
from keras.layers import Dense, GlobalAveragePooling2D
from keras.models import Model
train_gen = ImageDataGenerator(preprocessing_function=preprocess_input, horizontal_flip=True)
val_gen = ImageDataGenerator(preprocessing_function=preprocess_input)
train = train_gen.flow_from_directory('birds/train', target_size=(224, 224), batch_size=16)
val = val_gen.flow_from_directory('birds/val', target_size=(224, 224), batch_size=16, shuffle=False)
base = ResNet50(weights='imagenet', include_top=False)
for layer in base.layers:
    layer.trainable = False
out = Dense(12, activation='softmax')(GlobalAveragePooling2D()(base.output))
model = Model(base.input, out)
model.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])
model.fit(train, epochs=20, validation_data=val)
