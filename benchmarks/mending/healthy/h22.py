import numpy as np
from tensorflow.keras.models import load_model
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from sklearn.metrics import classification_report
model = load_model("best.h5")
test = ImageDataGenerator(rescale=1.0 / 255).flow_from_directory("data/test", target_size=(128, 128), batch_size=32, class_mode="categorical", shuffle=False)
pred = model.predict(test)
print(classification_report(test.classes, np.argmax(pred, axis=1)))
