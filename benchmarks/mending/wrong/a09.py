import os
from keras.preprocessing.image import ImageDataGenerator
from keras.applications.inception_v3 import InceptionV3
from keras.applications.vgg16 import preprocess_input
from keras.layers import Dense, GlobalAveragePooling2D
from keras.models import Model
DATA = "dogs"
gen = ImageDataGenerator(preprocessing_function=preprocess_input, horizontal_flip=True)
vgen = ImageDataGenerator(preprocessing_function=preprocess_input)
tr = gen.flow_from_directory(os.path.join(DATA, "train"), target_size=(299, 299), batch_size=32)
va = vgen.flow_from_directory(os.path.join(DATA, "val"), target_size=(299, 299), batch_size=32)
base = InceptionV3(weights="imagenet", include_top=False)
base.trainable = False
x = GlobalAveragePooling2D()(base.output)
model = Model(inputs=base.input, outputs=Dense(tr.num_classes, activation="softmax")(x))
model.compile("adam", "categorical_crossentropy", ["accuracy"])
model.fit(tr, validation_data=va, epochs=10)
