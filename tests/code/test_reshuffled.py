"""A dataset that is shuffled anew and then cut leaks; one whose order is kept does not."""

import pytest

from fitdoctor.code import read_script

FITTED = """
model = tf.keras.Sequential([tf.keras.layers.Dense(3, activation='softmax')])
model.compile('adam', 'sparse_categorical_crossentropy')
model.fit(one.batch(8), validation_data=two.batch(8))
"""
READ = "import tensorflow as tf\nds = tf.data.Dataset.from_tensor_slices((x, y))"


def lines(text):
    script = read_script(f"{READ}{text}{FITTED}")
    return [call.line for call in script.called("parted_anew")]


@pytest.mark.parametrize(
    "text",
    [
        ".shuffle(100)\none = ds.take(80)\ntwo = ds.skip(80)",
        ".shuffle(buffer_size=n).map(read)\none = ds.skip(k)\ntwo = ds.take(k)",
        ".shuffle(n, reshuffle_each_iteration=True)\none, two = ds.take(80), ds.skip(80)",
        ".shuffle(n, 3)\nds = ds.prefetch(2)\ntwo = ds.skip(80).take(9)\none = ds.take(80)",
    ],
)
def test_parts_of_what_is_shuffled_anew_are_told(text):
    assert lines(text) == [2]


@pytest.mark.parametrize(
    "text",
    [
        ".shuffle(100, reshuffle_each_iteration=False)\none = ds.take(80)\ntwo = ds.skip(80)",
        ".shuffle(100, 3, False)\none = ds.take(80)\ntwo = ds.skip(80)",
        ".shuffle(100, reshuffle_each_iteration=again)\none = ds.take(80)\ntwo = ds.skip(80)",
        ".shuffle(100).cache()\none = ds.take(80)\ntwo = ds.skip(80)",
        "\none = ds.take(80).shuffle(80)\ntwo = ds.skip(80)",
        "\none = ds.take(80)\ntwo = ds.skip(80)\none = one.shuffle(80)",
        ".shuffle(100)\none = ds.take(80)\ntwo = other.skip(80)",
        ".shuffle(100)\nds = fixed(ds)\none = ds.take(80)\ntwo = ds.skip(80)",
        "\nif mixed:\n    ds = ds.shuffle(9)\none = ds.take(80)\ntwo = ds.skip(80)",
    ],
)
def test_an_order_that_is_kept_or_not_known_is_not(text):
    assert lines(text) == []
