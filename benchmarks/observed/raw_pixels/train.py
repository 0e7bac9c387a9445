import argparse

import keras
import pipeline
from keras import layers


def network(classes):
    return keras.Sequential(
        [
            layers.Input((24, 24, 3)),
            layers.Flatten(),
            layers.Dense(128, activation="sigmoid"),
            layers.Dense(64, activation="sigmoid"),
            layers.Dense(classes, activation="softmax"),
        ]
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=8)
    args = parser.parse_args()
    model = network(3)
    model.compile(
        optimizer=keras.optimizers.SGD(0.01),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.fit(
        pipeline.build("train"),
        validation_data=pipeline.build("val"),
        epochs=args.epochs,
        verbose=2,
    )


if __name__ == "__main__":
    main()
