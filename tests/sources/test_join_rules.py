"""Joining loses nothing, and the order of sources never changes an answer."""

import itertools

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image

from fitdoctor import doctor, sources
from fitdoctor.records.flow import recorded_apart
from fitdoctor.records.loop import Program
from fitdoctor.records.probes import ProbedEpoch
from fitdoctor.records.recipe import Backbone, Layer, Optimizer, Recipe
from fitdoctor.records.run import (
    KINDS,
    SUMMED_LOSS,
    Call,
    DataSummary,
    Fact,
    Feed,
    Flow,
    Run,
    Script,
    curve,
)
from fitdoctor.records.written import Numbers
from fitdoctor.sources import _join

LOG = "".join(
    f"Epoch {e}/8\n40/40 - 3s - loss: {1 / e:.4f} - accuracy: {0.5 + e * 0.06:.4f} - val_loss: "
    f"{0.6 + e * 0.07:.4f} - val_accuracy: 0.6{e % 3}00\n"
    for e in range(1, 9)
)
SCRIPT = """
import keras
(a, b), _ = keras.datasets.cifar10.load_data()
net = keras.Sequential([keras.layers.Conv2D(8, 3, activation="relu"), keras.layers.Flatten(),
                        keras.layers.Dense(10)])
net.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
net.fit(a, b, epochs=9, batch_size=64)
"""
OTHER = """
import keras
base = keras.applications.VGG16(include_top=False)
net = keras.Sequential([base, keras.layers.Flatten(), keras.layers.Dropout(0.9),
                        keras.layers.Dense(4, activation="sigmoid")])
net.compile(keras.optimizers.SGD(0.9), "categorical_crossentropy")
net.fit(x, y, epochs=3)
"""
QUESTION = "My validation accuracy is stuck at 0.6 while training goes to 0.97. I use dropout 0.9."
RECIPE = 'loss = "sparse_categorical_crossentropy"\nepochs = 8\n\n[optimizer]\nname = "Adam"\n'


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    home = tmp_path_factory.mktemp("given")
    for name, text in (("train.log", LOG), ("a.py", SCRIPT), ("b.py", OTHER), ("q.txt", QUESTION)):
        (home / name).write_text(text)
    (home / "run").mkdir()
    (home / "run/recipe.toml").write_text(RECIPE)
    rows = [f"{e},{1 / e},{0.5 + e * 0.06},0.9,0.6" for e in range(1, 9)]
    header = "epoch,loss,accuracy,val_loss,val_accuracy"
    (home / "run/metrics.csv").write_text("\n".join([header, *rows]) + "\n")
    rng = np.random.default_rng(0)
    for kind, shade in (("cats", 40), ("dogs", 200)):
        (home / "photos" / kind).mkdir(parents=True)
        for i in range(4):
            pixels = rng.integers(0, shade, (32, 32, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(home / "photos" / kind / f"{i}.png")
    (home / "photos/dogs/9.png").write_bytes((home / "photos/cats/1.png").read_bytes())
    (home / "photos/cats/torn.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
    return home


@pytest.mark.parametrize("kind", _join.RULES, ids=lambda kind: kind.__name__)
def test_every_field_has_a_rule(kind):
    assert set(_join.RULES[kind]) == set(kind.__struct_fields__)


@pytest.mark.parametrize("kind", _join.RULES, ids=lambda kind: kind.__name__)
def test_what_one_record_knows_is_in_the_joined_one(kind):
    """A field that only the other record has is never lost."""
    required = {
        f.name: Recipe() if f.name == "recipe" else "x"
        for f in msgspec.structs.fields(kind)
        if f.required
    }
    bare = kind(**required)
    for field in msgspec.structs.fields(kind):
        if field.required or (kind is Run and field.name in {"name", "kind"}):
            continue
        value = _plausible(field)
        full = msgspec.structs.replace(bare, **{field.name: value})
        for one, other in ((bare, full), (full, bare)):
            joined = getattr(_join._record(one, other), field.name)
            # What is visible of one run is joined with all of the other, whose words are not read.
            assert joined == value or (field.name == "visible" and joined), field.name


RECORDS = {
    "recipe": Recipe(epochs=7),
    "script": Script(path="x", recipe=Recipe()),
    "data": DataSummary(n_val=7),
    "optimizer": Optimizer(name="SGD"),
    "backbone": Backbone(name="VGG16"),
    "layers": (Layer(kind="Dense"),),
    "feeds": (Feed(use="train"),),
    "calls": (Call(name="fit"),),
    "compile": {"loss": Fact("'mse'", "mse", 3)},
    "fit": {"epochs": Fact("7", 7, 4)},
    "probes": (ProbedEpoch(epoch=1),),
    "prose": "words",
    "visible": Run(claims=()),
    "said": Run(prose="words"),
}


def test_cells_are_those_of_the_text_that_is_kept():
    script = Script(path="a.py", recipe=Recipe(), text="x = 1")
    notebook = Script(path="b.ipynb", recipe=Recipe(), text="y = 2", cells=(1,))
    assert _join._record(script, notebook).cells == ()
    assert _join._record(notebook, script).cells == (1,)
    bare = Script(path="a.py", recipe=Recipe())
    joined = _join._record(bare, notebook)
    assert (joined.text, joined.cells) == ("y = 2", (1,))


def _plausible(field):
    """Return some value of about the type that a field has."""
    kind = str(field.type)
    if field.name in RECORDS:
        return RECORDS[field.name]
    if field.name == "origins":
        return {"n_train": "a log"}
    if field.name == "passed_over":
        return {"a.py": "no training in it"}
    if field.name in {"curves", "batches", "written", "evaluated", "answers", "corrected"}:
        return {"loss": 1.0}
    return ("x",) if "tuple" in kind else 7


def test_findings_of_the_images_survive_a_log(given):
    alone = doctor.diagnose(given / "photos").run.image_findings
    assert alone
    for order in itertools.permutations((given / "train.log", given / "photos")):
        assert doctor.diagnose(*order).run.image_findings == alone


NAMES = ("train.log", "a.py", "b.py", "q.txt", "run", "photos")


@pytest.mark.parametrize(
    "names",
    [*itertools.combinations(NAMES, 2), ("train.log", "a.py", "photos"), ("run", "a.py", "q.txt"),
     ("train.log", "b.py", "q.txt"), ("a.py", "b.py", "run"), ("photos", "run", "b.py")],
    ids="+".join,
)  # fmt: skip
def test_order_changes_no_answer(given, names):
    runs = {name: sources.read(given / name)[-1] for name in names}
    answers = set()
    for order in itertools.permutations(names):
        said = doctor.examine(sources.join([runs[name] for name in order]))
        causes = tuple((c.rule, c.probability, c.severity) for c in said.causes)
        answers.add((causes, said.verdict, said.run.contradictions, said.next_test))
    assert len(answers) == 1


def test_a_second_script_is_kept_beside(given):
    run = sources.join([sources.read(given / name)[-1] for name in ("a.py", "b.py")])
    assert {run.script.path, *(other.script.path for other in run.beside)} == {"a.py", "b.py"}


def test_what_was_recorded_beats_log_code_and_words():
    kinds = {
        kind: Run(kind=kind, name=kind, curves={"loss": curve([float(i)])})
        for i, kind in enumerate(KINDS)
    }
    for some in itertools.permutations(KINDS, 3):
        joined = sources.join([kinds[kind] for kind in some])
        best = min(some, key=KINDS.index)
        assert joined.kind == best
        assert joined.curves["loss"].values[0] == KINDS.index(best)
        assert joined.name == some[0]


def _observed(line, **numbers):
    """Return a recording of a fit on this line, with these numbers of its training images."""
    known = {"columns": 64, "low": 0.0, "high": 1.0, "whole": False, "seen": 100, **numbers}
    feed = Feed(use="train", inputs=Flow(shown=False, numbers=Numbers(**known)), line=line)
    recipe = Recipe(loss="mse", layers=(Layer(kind="Dense", units=4),))
    script = Script(path="t.py", recipe=recipe, fit={"epochs": Fact("7", 7, line)}, feeds=(feed,))
    return Run(name="run", kind="observed", recipe=recipe, script=script, sources=("run",))


def test_recorded_numbers_stand_beside_the_steps_of_the_text():
    text = sources.pasted(SCRIPT)[-1]
    line = text.script.fed("train")[0].line
    for order in itertools.permutations((_observed(line, high=255.0), text)):
        feed = sources.join(order).script.fed("train")[0]
        assert feed.inputs.origin == text.script.fed("train")[0].inputs.origin
        assert feed.inputs.numbers.high == 255.0
        assert feed.inputs.numbers.recorded
        assert sources.join(order).script.fit["epochs"] == Fact("9", 7, line)


def test_a_recorded_network_takes_no_backbone_from_the_text():
    joined = sources.join([_observed(1), sources.pasted(OTHER)[-1]])
    assert joined.recipe.backbone is None
    assert joined.script.recipe.backbone is None
    assert [layer.kind for layer in joined.script.recipe.layers] == ["Dense"]


def test_a_recording_is_joined_with_the_network_that_was_fitted_on_its_line():
    first = SCRIPT.rstrip().replace("net", "one")
    text = sources.pasted(first + OTHER.replace("import keras", ""))[-1]
    lines = [s.fed("train")[0].line for s in (text.script, *text.script.beside)]
    assert len(lines) == 2
    for line in lines:
        joined = sources.join([_observed(line), text])
        assert joined.script.fed("train")[0].line == line
        assert not joined.beside


def test_whether_the_loss_is_a_sum_is_told_by_the_loop_that_was_recorded():
    text = Script(
        path="train.py", recipe=Recipe(), framework="torch", calls=(Call(name=SUMMED_LOSS),)
    )
    for calls in ((), (Call(name=SUMMED_LOSS),)):
        run = _observed(1)
        loop = replace(run.script, framework="torch", program=Program(), calls=calls)
        joined = sources.join([replace(run, script=loop), Run(name="text", script=text)])
        assert bool(joined.script.called(SUMMED_LOSS)) == bool(calls)


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ((-0.46, 1.38), (-0.41, 1.39), False),  # noise around images of 0 to 1
        ((-0.05, 1.0), (0.0, 1.0), False),
        ((-1.0, 1.0), (0.0, 1.0), True),
        ((-2.1, 2.6), (0.0, 2.5), True),
        ((-1.0, 1.0), (-0.9, 1.1), False),
        ((0.0, 255.0), (0.0, 1.0), True),
    ],
)
def test_recorded_values_lie_apart_where_no_draw_brings_it_about(one, other, apart):
    flows = [
        Flow("x", (), numbers=Numbers(columns=4, low=low, high=high, whole=False, seen=300))
        for low, high in (one, other)
    ]
    assert bool(recorded_apart(*flows)) == apart
    assert bool(recorded_apart(*flows[::-1])) == apart


WRITTEN = """
model = keras.Sequential()
model.add(keras.Input((6,)))
model.add(keras.layers.Dense(8, activation="relu"))
model.add(keras.layers.Dense(3))
model.compile("adam", "mse")
model.fit(x, y)
"""


@pytest.mark.parametrize(
    ("kinds", "lines"),
    [(("Dense", "Dense"), [4, 5]), (("Dense", "Dropout", "Dense"), [None] * 3)],
)
def test_recorded_layers_stand_where_the_text_has_them(kinds, lines):
    run = _observed(7)
    layers = tuple(Layer(kind=kind, name=f"{kind}_{n}") for n, kind in enumerate(kinds))
    run = replace(run, recipe=replace(run.recipe or Recipe(), layers=layers))
    joined = sources.join([run, sources.pasted("import keras" + WRITTEN)[-1]])
    assert [layer.line for layer in joined.script.recipe.layers] == lines
    assert [layer.name for layer in joined.script.recipe.layers] == [x.name for x in layers]
