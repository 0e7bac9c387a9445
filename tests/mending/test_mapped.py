"""A data set that does not go through the map of the other one."""

import pytest

from fitdoctor import doctor, mending
from fitdoctor.rules.pipelines_differ import RULE

pytest.importorskip("libcst")
HEAD = """import tensorflow as tf
from tensorflow import keras

fitted = keras.utils.image_dataset_from_directory("a", image_size=(96, 96), batch_size=16)
held = keras.utils.image_dataset_from_directory("b", image_size=(96, 96), batch_size=16)
{pipeline}
net = keras.Sequential([
    keras.layers.Input((96, 96, 3)), keras.layers.Conv2D(8, 3, activation="relu"),
    keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(4, activation="softmax"),
])
net.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
net.fit(fitted, validation_data=held, epochs=8)
"""
FUNCTION = "def ready(image, label):\n    return tf.cast(image, tf.float32) / 255.0, label\n"
FITTED = "fitted = fitted.map(ready, num_parallel_calls=4).cache()\n"
AUGMENTED = (
    "def ready(image, label):\n    image = tf.image.random_flip_left_right(image)\n"
    "    return image / 255.0, label\n"
)


@pytest.mark.parametrize(
    ("pipeline", "before", "after"),
    [
        (
            FUNCTION + FITTED + "held = held.cache().prefetch(1)",
            "held = held.cache()",
            "held = held.map(ready, num_parallel_calls=4).cache()",
        ),
        (
            FUNCTION + FITTED,
            FITTED,
            FITTED + "held = held.map(ready, num_parallel_calls=4)\n",
        ),
        (
            "grey = keras.layers.Rescaling(1 / 255)\n"
            "fitted = fitted.map(lambda a, b: (grey(a), b)).prefetch(2)",
            ".prefetch(2)",
            ".prefetch(2)\nheld = held.map(lambda a, b: (grey(a), b))",
        ),
        (
            FUNCTION + "held = held.map(ready).cache()\nfitted = fitted.shuffle(99).prefetch(1)",
            "fitted.shuffle(99)",
            "fitted.map(ready).shuffle(99)",
        ),
        (
            FUNCTION + "def turned(image, label):\n"
            "    return tf.image.random_flip_left_right(image), label\n"
            "fitted = fitted.map(ready).map(turned)\nheld = held.cache()",
            "held = held.cache()",
            "held = held.map(ready).cache()",
        ),
    ],
    ids=["chain", "none", "layer", "training", "augmented apart"],
)
def test_the_other_set_goes_through_the_same_map(pipeline, before, after):
    program = HEAD.format(pipeline=pipeline)
    assert program.count(before) == 1
    made = mending.mend(program, "train.py", select=[RULE])
    assert made.after == program.replace(before, after)


@pytest.mark.parametrize(
    "pipeline",
    [
        AUGMENTED + "fitted = fitted.map(ready)\nheld = held.cache()",
        FUNCTION + FITTED + "names = held.class_names",
        FUNCTION.replace("0, label", "0, tf.one_hot(label, 4)")
        + "def coded(image, label):\n    return image, tf.one_hot(label, 4)\n"
        "fitted = fitted.map(ready)\nheld = held.map(coded)",
        FUNCTION.replace("    return", "    image = image - 3.5\n    return")
        + "def less(image, label):\n    return image - 3.5, label\n"
        "fitted = fitted.map(ready)\nheld = held.map(less)",
        FUNCTION + "def made(of):\n    return of.map(ready).cache()\nfitted = made(fitted)\n"
        "held = held.cache()",
    ],
    ids=["augments", "names of classes", "labels twice", "shifted twice", "in a function"],
)
def test_where_the_same_map_is_not_sure_to_be_right_nothing_changes(pipeline):
    program = HEAD.format(pipeline=pipeline)
    made = mending.mend(program, "train.py", select=[RULE])
    assert made.after == program
    assert [one.rule for one in made.unmended] == ["pipelines_differ"]


def test_the_line_is_that_of_the_set_which_lacks_the_step(tmp_path):
    path = tmp_path / "train.py"
    program = HEAD.format(pipeline=AUGMENTED + "fitted = fitted.map(ready)\nheld = held.cache()")
    path.write_text(program)
    causes = {cause.rule: cause for cause in doctor.diagnose(path).causes}
    (line,) = causes["pipelines_differ"].lines
    assert (line.before, line.after) == ("held = held.cache()", None)
