"""A mended source as a page: how much, as a diff, what trainings say of it."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from fitdoctor.cli import main
from fitdoctor.records.estimate import Estimate
from fitdoctor.records.experiment import Experiment, Trial, Verdict
from fitdoctor.records.finding import Prescription
from fitdoctor.records.mending import Mend, Mending, Unmended
from fitdoctor.records.recipe import Recipe
from fitdoctor.report import mended

HOSTILE = "<script>x</script>"
MADE = Mend(
    rule="dropout_too_high", code="FD201", line=7, sentence=f"{HOSTILE} was seen.",
    reason="0.5 leaves units.", certain=False, diff="-Dropout(0.9)\n+Dropout(0.5)",
)  # fmt: skip
LEFT = Unmended(
    rule="inputs_not_scaled", code="FD402", line=3, sentence="Pixels 0..255.", why="by hand"
)
BOTH = Mending(
    path=f"{HOSTILE}.py", before="Dropout(0.9)\n", after="Dropout(0.5)\n", mends=(MADE,),
    unmended=(LEFT,),
)  # fmt: skip


def verdict(decision):
    trials = tuple(
        Trial(cause="x", intervention="x", arm=arm, seed=seed, seconds=1.0,
              outcome=0.5 + 0.2 * (arm == "treated") + 0.01 * seed)
        for seed in range(5) for arm in ("control", "treated")
    )  # fmt: skip
    experiment = Experiment(
        cause="mended_script", control=Recipe(), treated=Recipe(), pairs=5,
        prescription=Prescription(intervention="x", arguments={}, sentence="Do x."),
    )  # fmt: skip
    return Verdict(
        experiment=experiment, trials=trials, pairs=5, effect=Estimate(0.2, 0.1, 0.3), level=0.95,
        decision=decision, pairs_needed=None, sentence="The change helps.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("mending", "written", "said"),
    [
        (BOTH, False, "1 cause can be mended, 1 to be changed by hand."),
        (BOTH, True, "1 cause mended, 1 to be changed by hand."),
        (replace(BOTH, mends=(), after=BOTH.before), False, "1 to be changed by hand."),
        (replace(BOTH, mends=(), unmended=(), after=BOTH.before), False,
         "Nothing to mend was found."),
        (replace(BOTH, unmended=(), verdict=verdict("helps")), False,
         "1 cause can be mended; training supports the change."),
        (replace(BOTH, unmended=(), verdict=verdict("undecided")), False,
         "1 cause can be mended; training does not support the change."),
    ],
)  # fmt: skip
def test_a_headline_says_how_much_is_mended(mending, written, said):
    assert mended.headline(mending, written=written) == said
    page = mended.page(mending, "fitdoctor fix x.py", Path("x.py.bak") if written else None)
    assert said in page
    assert "<script" not in page


def test_the_page_shows_the_change_and_the_trainings():
    mending = replace(BOTH, verdict=verdict("helps"), apart={"dropout_too_high": verdict("harms")})
    page = mended.page(mending, "fitdoctor fix x.py")
    assert '<span class="minus">-Dropout(0.9)' in page
    assert '<span class="plus">+Dropout(0.5)' in page
    assert page.count("The same seeds with and without the change") == 2
    assert "fitdoctor explain dropout_too_high" in page
    assert "nothing was executed" not in page
    assert "nothing was executed" in mended.page(BOTH, "")


def test_fix_writes_a_report(tmp_path, capsys):
    pytest.importorskip("libcst")
    script = tmp_path / "train.py"
    script.write_text(
        "from tensorflow import keras\n"
        "model = keras.Sequential([keras.layers.Dense(9, 'relu'), keras.layers.Dropout(0.9), "
        "keras.layers.Dense(10, 'softmax')])\n"
        "model.compile('adam', 'sparse_categorical_crossentropy')\nmodel.fit(x, y, epochs=5)\n"
    )
    report = tmp_path / "fix.html"
    assert main(["fix", str(script), "--select=FD201", "--html", str(report)]) == 1
    assert f"report: {report}" in capsys.readouterr().err
    page = report.read_text()
    assert "1 cause can be mended." in page
    assert f"fitdoctor fix {script} --select=FD201" in page
