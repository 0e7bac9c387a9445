import numpy as np, cv2, glob
from tensorflow.keras.applications import EfficientNetB0
from tensorflow.keras import layers, models
X, y = [], []
for i, d in enumerate(["cat", "dog", "fox"]):
    for f in glob.glob(f"imgs/{d}/*.jpg"):
        X.append(cv2.resize(cv2.cvtColor(cv2.imread(f), cv2.COLOR_BGR2RGB), (224, 224)))
        y.append(i)
X = np.array(X, dtype="float32") / 255.0
y = np.array(y)
idx = np.random.permutation(len(X)); X, y = X[idx], y[idx]
base = EfficientNetB0(include_top=False, weights="imagenet", pooling="avg")
base.trainable = False
model = models.Sequential([base, layers.Dense(3, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(X, y, epochs=10, validation_split=0.2)
