"""What Keras 1 and 2 had is given back: every name of their releases that has a place today."""

import json

import pytest

pytest.importorskip("tf_keras")
pytestmark = pytest.mark.slow
ASK = """
import importlib, json, sys
found = {}
for path, name in json.load(open(sys.argv[1])):
    try:
        getattr(importlib.import_module(f"keras.{path}" if path else "keras"), name)
    except Exception as error:
        found[f"{path}:{name}"] = repr(error)
print(json.dumps(found))
"""
FEW = 115
"""Names that nothing gives back, most of them Keras' own machinery; fewer are welcome."""


def test_names_of_every_release_are_there(execute, tmp_path):
    from benchmarks import former_places

    rows = [row for row in former_places.rows() if not row[0].startswith(NOT_ASKED)]
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    (tmp_path / "ask.py").write_text(ASK)
    done = execute("-m", "fitdoctor.observe", "run", "default", "2", "ask.py", "rows.json")
    missing = json.loads(done.stdout)
    assert len(rows) > 1500
    assert len(missing) <= FEW, sorted(missing)


NOT_ASKED = ("applications", "backend.numpy_backend", "backend.load_backend", "engine.training_",
             "engine.saving", "legacy", "utils.test_utils", "wrappers")  # fmt: skip
"""Parts that no training script takes names from."""


def test_arguments_of_keras_1_are_taken_by_every_layer():
    import inspect

    import tf_keras

    from fitdoctor.observe.keras2.old_names import converted
    from fitdoctor.observe.keras2.places import ARGUMENTS

    seen = 0
    for kind, names in ARGUMENTS.items():
        layer = getattr(tf_keras.layers, kind, None)
        if layer is None:
            continue
        known = set(inspect.signature(inspect.unwrap(layer.__init__)).parameters)
        for old, new in names.items():
            if new not in known:  # Keras' own table is of several layers at once
                continue
            _, named = converted(kind, known, (), {old: "kept"})
            assert not named or set(named) <= known, (kind, old)
            assert named.get(new) == "kept" or old == "consume_less", (kind, old)
            seen += 1
    assert seen > 100
