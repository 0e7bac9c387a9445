"""Names that libraries had come back for a script that asks for them, and for nobody else."""

import importlib
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from fitdoctor.observe.former import functions, images, names, tables

SCRIPT = """
import collections, sys, time
import numpy as np
from numpy import NaN
sys.path.append({library!r})
import asks
print(np.int(3.7), NaN, np.float_ is np.float64, collections.Mapping.__name__, np.product([2, 3]))
print(asks.HEARD)
try:
    np.nonsense
except AttributeError as error:
    print(error)
"""


def run(execute, tmp_path, text):
    script = tmp_path / "project" / "train.py"
    script.parent.mkdir()
    script.write_text(text)
    return execute("-m", "fitdoctor.observe", str(tmp_path / "run"), "default", "3", str(script))


def test_a_script_has_what_it_asks_for_and_is_told(execute, tmp_path):
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "asks.py").write_text(
        "import numpy as np\nHEARD = [hasattr(np, name) for name in ('int', 'Inf', 'mean')]\n"
    )
    done = run(execute, tmp_path, SCRIPT.format(library=str(tmp_path / "library")))
    lines = done.stdout.splitlines()
    assert lines[0] == "3 nan True Mapping 6", done.stderr
    assert lines[1] == "[False, False, True]"
    assert lines[2] == "module 'numpy' has no attribute 'nonsense'"
    assert "numpy.int (now int)" in done.stderr
    assert "numpy.NaN (now numpy.nan)" in done.stderr


def test_a_module_beside_the_script_has_them_too_and_what_is_there_is_not_told(execute, tmp_path):
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "helper.py").write_text("import numpy\nvalue = numpy.int\n")
    (tmp_path / "project" / "train.py").write_text(
        "import helper, numpy\nprint(helper.value is int, numpy.mean([1, 3]))\n"
    )
    script = str(tmp_path / "project" / "train.py")
    done = execute("-m", "fitdoctor.observe", str(tmp_path / "run"), "default", "3", script)
    assert done.stdout == "True 2.0\n"
    assert done.stderr.count("(now ") == 1


def test_modules_of_python_2_come_back_where_no_other_is_tried(execute, tmp_path):
    done = run(
        execute,
        tmp_path,
        "from StringIO import StringIO\ntry:\n    import Queue as q\nexcept ImportError:\n"
        "    import queue as q\nprint(StringIO('a').read(), q.__name__)\n",
    )
    assert done.stdout == "a queue\n", done.stderr
    assert "StringIO (now io)" in done.stderr
    assert "Queue" not in done.stderr


def test_nothing_is_said_of_a_script_that_needs_nothing(execute, tmp_path):
    done = run(execute, tmp_path, "import numpy as np\nprint(np.zeros(2).sum())\n")
    assert done.stdout == "0.0\n"
    assert "older libraries" not in done.stderr


@pytest.mark.xdist_group("keras")
def test_house_prices_come_from_keras_where_scikit_learn_has_them_no_more(monkeypatch):
    import keras

    made = SimpleNamespace(Bunch=SimpleNamespace)
    monkeypatch.setitem(sys.modules, "sklearn.utils", made)  # scikit-learn is not needed for it
    rows = np.arange(26.0).reshape(2, 13), np.array([1.0, 2.0])
    loaded = []
    monkeypatch.delitem(sys.modules, "tf_keras", raising=False)
    monkeypatch.setattr(
        keras.datasets.boston_housing,
        "load_data",
        lambda **named: loaded.append(named) or (rows, ()),
    )
    place, found = names.former("sklearn.datasets", "load_boston")
    assert place == "fitdoctor.observe.former.functions:load_boston"
    assert found(return_X_y=True) == rows
    assert found().data.shape == (2, len(found().feature_names))
    assert loaded == [{"test_split": 0}] * 3


def test_what_numpy_says_of_itself_is_read():
    for name, value in (("Inf", np.inf), ("string_", np.bytes_), ("alltrue", np.all)):
        place, found = names.former("numpy", name)
        assert found is value, place
    assert names.former("numpy", "who") == ("", names._MISSING)


@pytest.mark.parametrize("module", ["numpy", "collections", "time", "fractions", "inspect"])
def test_every_place_is_there_and_every_name_is_gone_or_the_same(module):
    home = importlib.import_module(module)
    for name in tables.NAMES[module]:
        if hasattr(home, name):
            continue  # an older library still has it
        _, found = names.former(module, name)
        assert found is not names._MISSING, name


def test_functions_do_what_they_did():
    assert functions.asscalar(np.array([2.5])) == 2.5
    assert functions.asfarray([1, 2]).dtype == np.float64
    assert functions.asfarray([1, 2], np.float32).dtype == np.float32
    assert functions.getargspec(lambda a, b=1: a)[0] == ["a", "b"]
    assert functions.probas_to_classes([[0.2, 0.8], [0.9, 0.1]]).tolist() == [1, 0]
    assert functions.probas_to_classes([[0.2], [0.9]]).tolist() == [0, 1]
    whole = [np.arange(5), np.arange(5, 10)]
    assert [part.tolist() for part in functions.slice_arrays(whole, 3)] == [[3, 4], [8, 9]]
    assert functions.slice_arrays(whole[0], [0, 2]).tolist() == [0, 2]


def test_images_are_stretched_and_resized_as_scipy_did(tmp_path):
    ramp = np.linspace(-1.0, 3.0, 12).reshape(3, 4)
    assert images.imresize(ramp, (6, 8)).shape == (6, 8)
    assert images.imresize(ramp, 0.5, interp="nearest").shape == (1, 2)
    assert images.imresize(ramp, 200).shape == (6, 8)
    pixels = np.asarray(images.toimage(ramp))
    assert (pixels.dtype, pixels.min(), pixels.max()) == (np.uint8, 0, 255)
    first = np.moveaxis(np.full((5, 4, 3), 7, np.uint8), 2, 0)
    assert np.asarray(images.toimage(first)).shape == (5, 4, 3)
    images.imsave(tmp_path / "a.png", ramp)
    assert (images.imread(tmp_path / "a.png") == pixels).all()
    assert images.imread(tmp_path / "a.png", mode="RGB").shape == (3, 4, 3)
    with pytest.raises(ValueError, match="channel"):
        images.toimage(np.zeros((5, 5, 5)))
