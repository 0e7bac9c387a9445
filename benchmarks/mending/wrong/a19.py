import numpy as np
from tensorflow.keras import Sequential, layers, optimizers
y = np.random.randint(0, 3, 900); x = np.random.randn(900, 10) + y[:, None]
model = Sequential([layers.Dense(32, activation='relu'), layers.Dense(3, activation='softmax')])
adam = optimizers.Adam(learning_rate=3e-4, clipnorm=1.0)
model.compile(optimizer='adam', loss='sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(x, y, epochs=10, validation_split=0.2)
