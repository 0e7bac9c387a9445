"""What is recorded of trainings in many ways and with many ends, while nothing else changes.

Each test executes one script, since loading Keras takes seconds.
"""

import re
from pathlib import Path

import pytest

from fitdoctor import doctor, sources

SCRIPTS = Path(__file__).parent / "scripts"
pytestmark = pytest.mark.slow


def runs(home):
    """Return the recorded runs in the order of the script's trainings."""
    folders = sorted(home.glob("run*"), key=lambda p: (len(p.name), p.name))
    return [sources.read(folder)[0] for folder in folders]


def without_backend(text):
    """Return what was printed without the lines of TensorFlow, which hold times and addresses."""
    return re.sub(
        r"^(?:[WIE]\d{4} |WARNING: All|WARNING:tensorflow).*\n", "", text, flags=re.MULTILINE
    )


def fed(run, use="train"):
    return run.script.fed(use)[0]


def test_watched_trainings_print_what_they_print(execute, tmp_path):
    script = SCRIPTS / "many_ways.py"
    plain, seen = (execute(script, "a", "--b", watched=w) for w in (False, True))
    assert seen.stdout == plain.stdout
    assert seen.returncode == plain.returncode == 1
    assert without_backend(seen.stderr) == without_backend(plain.stderr)
    found = runs(tmp_path)
    assert len(found) == 16
    first, single, listed, own, outer, inner, generator, batches, dataset, weighted = found[:10]
    # Arrays, of which fit takes the end.
    assert (first.data.n_train, first.data.n_val, first.data.n_classes) == (72, 24, 2)
    assert len(first.curves["val_loss"]) == 2
    assert fed(first, "validation").inputs.has("split_tail")
    assert fed(first).inputs.numbers.shape == (8, 8, 1)
    assert fed(first).line == next(
        i for i, text in enumerate(script.read_text().split("\n"), 1) if "callbacks=given" in text
    )
    kinds = [layer.kind for layer in first.recipe.layers]
    assert kinds == ["Flatten", "Dropout", "Dense"]
    assert [layer.parameters for layer in first.recipe.layers] == [0, 0, 130]
    assert first.recipe.optimizer.name == "SGD"
    assert first.recipe.optimizer.learning_rate == 0.01
    for run in (single, listed, own):
        assert len(run.curves["loss"]) == (2 if run is own else 1)
    assert (outer.data.n_train, inner.data.n_train) == (96, 32)
    # Streams: what passed is known, its number only where they end.
    assert generator.data.n_train is None
    assert fed(generator).labels.numbers.passed
    assert (batches.data.n_train, batches.data.steps_per_epoch) == (96, 6)
    assert sum(fed(batches).labels.numbers.counts) == 96
    assert (dataset.data.n_train, dataset.data.n_val) == (96, 32)
    assert fed(dataset).labels.numbers.mixing > 0.5
    assert weighted.data.class_counts == batches.data.class_counts
    # By hand, and what went wrong.
    assert found[-3].data.n_train == 96
    assert len(found[-3].curves["loss"]) == 2
    assert len(found[-2].curves["loss"]) == 3
    assert [run.curves == {} for run in found[-2:]] == [False, True]


def test_a_training_that_ends_early_leaves_what_it_came_to(execute, tmp_path):
    done = execute(SCRIPTS / "many_ends.py", watched=True)
    assert done.returncode == 9
    assert done.stdout.split("\n")[:4] == [f"ended {i}" for i in range(4)]
    found = runs(tmp_path)
    assert len(found) == 5
    for run in (*found[:3], found[-1]):
        assert len(run.curves["loss"]) == 3
        assert fed(run).labels.numbers.counts == (32,)
        diagnosis = doctor.examine(run)
        assert diagnosis.verdict == "sick"
        assert "single_class_reaches_model" in {c.rule for c in diagnosis.causes}
    assert not found[3].curves
    assert [layer.kind for layer in found[3].recipe.layers] == ["Flatten", "Dense"]
