"""A network that is loaded from a file which the script does not write is another one."""

import ast

import pytest

from fitdoctor.code import read_script
from fitdoctor.code.saved import saved_under
from fitdoctor.records.finding import Finding
from fitdoctor.records.run import Run
from fitdoctor.rules import all_rules

LOADED = """
import cv2
import numpy as np
from tensorflow import keras
photos = np.array([cv2.imread(f) for f in files]) / 255.0
net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(4, activation="softmax")])
net.compile("adam", "sparse_categorical_crossentropy")
net.fit(photos, kinds, epochs=8)
{save}
asked = np.array([cv2.imread(f) for f in others])
net = keras.models.load_model({load})
print(net.predict(asked))
"""


@pytest.mark.parametrize(
    ("save", "load", "told"),
    [
        ("net.save('kept/leaves.h5')", "'kept/leaves.h5'", True),
        ("net.save('kept/leaves.h5')", "'leaves.keras'", True),
        ("net.save('kept/leaves.h5')", "'kept/flowers.h5'", False),
        ("place = 'leaves.h5'\nnet.save(place)", "'flowers.h5'", False),
        ("place = 'leaves.h5'\nnet.save(place)", "place", True),
        ("net.save(f'kept/{name}.h5')", "'kept/flowers.h5'", True),  # it may be this one
        ("net.save(name)", "'kept/flowers.h5'", True),
        ("print('done')", "'kept/flowers.h5'", True),  # kept by hand, as far as is known
    ],
)
def test_predict_is_compared_with_the_training_of_its_own_network(save, load, told):
    script = read_script(LOADED.format(save=save, load=load, name="{name}"))
    (rule,) = (r for r in all_rules() if r.name == "predict_pipeline_differs")
    assert isinstance(rule.examine(Run(script=script, recipe=script.recipe)), Finding) is told


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("m.save('a/b.h5'); ModelCheckpoint(filepath='c.hdf5')", {"b", "c"}),
        ("torch.save(net.state_dict(), 'w.pth'); np.save('x.npy', x)", {"w"}),
        ("p = 'a.h5'\np = 'b.h5'\nm.save(p)", {"a", "b"}),
        ("m.save('w_{epoch}.h5')", None),
        ("for p in paths:\n    m.save(p)", None),
        ("def keep(p='a.h5'):\n    m.save(p)", None),
        ("m.fit(x, y)", set()),
    ],
)
def test_where_networks_are_saved(text, names):
    assert saved_under(ast.parse(text)) == names
