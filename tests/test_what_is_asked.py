"""The last line asks for what is not there, and parts the causes that are left."""

import pytest
from msgspec.structs import replace

from fitdoctor import doctor
from fitdoctor.report.headline import COLUMNS, NUMBERS, headline
from fitdoctor.sources import pasted

ROWS = "".join(f"run {n} | 0.5{n} | 0.61 | 7 | 0.2{n} | x\n" for n in range(5))
DEPLOYED = "My PyTorch classifier has 95 % on the test set, in the shop it has 70 %. Why?"
MATRIX = """The network mixes up two kinds of nuts, validation is bad. What can I do?

            hazel  wal  pea
hazel          90   12    3
wal            40   31    9
pea             4    8   77
"""


def asked(page):
    """Return the diagnosis and its next step."""
    run = replace(pasted(page)[-1], sources=("page.txt",))
    found = doctor.examine(run)
    return found, headline(found).step


def test_a_log_is_asked_for_where_no_figure_was_given():
    assert asked("My network for birds does not get better, training is stuck. Help!")[1] == NUMBERS


@pytest.mark.parametrize("page", [DEPLOYED, MATRIX])
def test_who_gave_figures_is_asked_for_a_fact(page):
    found, step = asked(page)
    assert step != NUMBERS
    assert "ANSWER" in step
    assert "picture" not in step
    assert found.questions


def test_of_a_table_that_is_not_read_the_columns_are_asked():
    page = "My network for birds does not learn. PyTorch.\n\n" + ROWS
    assert asked(page)[1] in {COLUMNS, ""} or "ANSWER" in asked(page)[1]


def test_what_a_matrix_shows_is_not_asked():
    assert "predicted_classes" not in {q.id for q in asked(MATRIX)[0].questions}


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("accuracy is bad, {library} network, 0.52 in training and 0.31 in validation", "evaluate"),
    ],
)
def test_calls_of_keras_are_for_those_who_use_it(page, words):
    def how(library):
        questions = asked(page.format(library=library))[0].questions
        return " ".join(q.how for q in questions if words in q.how)

    assert how("Keras")
    assert not how("our own")


FALLING = """loss goes down but accuracy is poor, what is wrong with my network?

[1] loss=2.91 acc=0.11
[2] loss=2.50 acc=0.17
[3] loss=2.21 acc=0.22
[4] loss=2.02 acc=0.26
[5] loss=1.93 acc=0.28
"""


def test_a_loss_that_falls_refutes_too_high_a_rate():
    named = {cause.rule for cause in asked(FALLING)[0].causes}
    assert "learning_rate_too_high" not in named


CUT = """epoch,lr,loss,val_loss
1,0.01,1.90,1.80
2,0.01,1.50,1.45
3,0.01,1.21,1.20
4,0.01,1.00,1.02
5,0.001,{a},{b}
6,0.001,{c},{d}
7,0.0001,{c},{d}
8,0.0001,{c},{d}
"""


def test_a_rate_that_is_cut_while_validation_improves_is_a_suspect():
    found = asked("it freezes\n\n" + CUT.format(a=0.93, b=0.96, c=0.925, d=0.958))[0]
    assert found.causes[0].rule == "learning_rate_decays_away"
    assert found.verdict == "cannot_tell"
    goes_on = asked("it freezes\n\n" + CUT.format(a=0.60, b=0.66, c=0.41, d=0.52))[0]
    assert "learning_rate_decays_away" not in {cause.rule for cause in goes_on.causes}


BARE = tuple(
    "".join(line.format(n, 2.1 - n / 5, 2 + n, 2.2 - n / 6) for n in range(4))
    for line in (
        "epoch {0} tr {1:.3f} (0.{2}1) va {3:.3f} (0.{2}0)\n",
        "e{0} train {1:.3f}/0.{2}1  val {3:.3f}/0.{2}0\n",
        "ep{0} trn {1:.3f} | 0.{2}1 vld {3:.3f} | 0.{2}0\n",
    )
)


@pytest.mark.parametrize("log", BARE)
def test_pairs_without_names_are_loss_and_accuracy(log):
    curves = pasted(log)[0].curves
    assert {name: round(float(c.values[-1]), 3) for name, c in curves.items()} == {
        "loss": 1.5, "accuracy": 0.51, "val_loss": 1.7, "val_accuracy": 0.5
    }  # fmt: skip


def test_a_figure_and_its_mean_are_no_pair():
    log = "".join(
        f"epoch {n} tr 0.{9 - n}1 (0.{9 - n}4) va 0.{9 - n}5 (0.{9 - n}7)\n" for n in range(4)
    )
    assert "accuracy" not in pasted("loss per epoch\n" + log)[0].curves
