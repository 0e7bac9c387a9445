"""What sentences say, by whom, when and how surely; and what is made of it."""

import json

import numpy as np
import pytest
from msgspec.structs import replace

import fitdoctor
from benchmarks import claims as benchmark
from fitdoctor import doctor, rules
from fitdoctor.cases import falling, rising_after, with_curves
from fitdoctor.cli import main
from fitdoctor.errors import ClaimError
from fitdoctor.records.claim import Claim, evidence
from fitdoctor.sources import _prose
from fitdoctor.sources._claims import claims


def read(sentence, predicate):
    return next(c for c in claims(sentence) if c.predicate == predicate)


MOST_TAKEN = {"strangers_counted": 1}


@pytest.mark.parametrize(
    ("name", "precision", "recall"),
    [
        ("development", 0.94, 0.84),
        ("held", 0.87, 0.69),
        ("questions", 0.91, 0.84),
        ("strangers_mended", 0.83, 0.63),
        ("strangers_counted", 0.84, 0.63),
    ],
)
def test_sentences_of_others_are_read_as_they_are_meant(name, precision, recall):
    """All have been looked at by now; what they scored on first sight stands in the benchmark."""
    found = benchmark.score(name)
    assert found.precision >= precision
    assert found.recall >= recall
    assert len(found.taken_as_own) <= MOST_TAKEN.get(name, 0)


@pytest.mark.parametrize(
    ("sentence", "predicate", "meant"),
    [
        ("The rows of my table are not grouped by class.", "sorted_by_class", ("negated", "asker", "now", "observed")),
        ("A fellow student says that his model overfits.", "overfits", ("affirmed", "other", "now", "observed")),
        ("Not only the validation loss rises, the training loss does too.", "rises", ("affirmed", "asker", "now", "observed")),
        ("Could it be that the network overfits?", "overfits", ("affirmed", "asker", "now", "asked")),
        ("Perhaps some labels are wrong.", "labels_doubtful", ("affirmed", "asker", "now", "supposed")),
        ("The handbook uses early stopping.", "early_stopping_used", ("affirmed", "documentation", "now", "observed")),
        ("The tutorial uses early stopping.", "early_stopping_used", ("affirmed", "documentation", "now", "observed")),
        ("It no longer overfits.", "overfits", ("negated", "asker", "now", "observed")),
        ("Сеть не переобучается.", "overfits", ("negated", "asker", "now", "observed")),
        ("数据没有打乱。", "shuffled", ("negated", "asker", "now", "observed")),
        ("Ich mische die Daten nicht.", "shuffled", ("negated", "asker", "now", "observed")),
        ("Mi colega usa dropout.", "dropout_used", ("affirmed", "other", "now", "observed")),
    ],
)  # fmt: skip
def test_a_claim_knows_whose_it_is_and_how_it_is_meant(sentence, predicate, meant):
    claim = read(sentence, predicate)
    assert (claim.polarity, claim.holder, claim.time, claim.certainty) == meant


@pytest.mark.parametrize(
    ("sentence", "claimed"),
    [
        ("The photos are the same in both cases.", False),
        ("I feed the same images to both networks.", False),
        ("В обоих случаях одни и те же изображения.", False),
        ("The same photos are in both folders, train and validation.", True),
        ("The same images are in the training and the validation set.", True),
    ],
)
def test_two_trials_with_the_same_images_are_no_images_in_both_parts(sentence, claimed):
    assert any(c.predicate == "images_in_both" for c in claims(sentence)) == claimed


@pytest.mark.parametrize(
    ("sentence", "predicate", "meant"),
    [
        # What is imagined, planned or advised is no state.
        ("Suppose the two classes overlap: is the network overfitting then?", "overfits", ("affirmed", "asker", "expected", "supposed")),
        ("If the test loss climbs, lower the rate.", "rises", ("affirmed", "asker", "expected", "supposed")),
        ("Had we frozen the encoder, it would have been faster.", "frozen", ("affirmed", "asker", "expected", "supposed")),
        ("We are planning to use early stopping.", "early_stopping_used", ("affirmed", "asker", "expected", "observed")),
        ("Tomorrow I'll add dropout.", "dropout_used", ("affirmed", "asker", "expected", "observed")),
        ("You could try weight decay.", "regularized", ("affirmed", "asker", "expected", "observed")),
        ("Se eu usar dropout talvez melhore", "dropout_used", ("affirmed", "asker", "expected", "supposed")),
        ("Допустим, сеть переобучается.", "overfits", ("affirmed", "asker", "expected", "supposed")),
        # Anybody who says, thinks or swears so.
        ("Our sysadmin insists that the labels are wrong.", "labels_doubtful", ("affirmed", "other", "now", "observed")),
        ("My examiner thinks the network overfits.", "overfits", ("affirmed", "other", "now", "supposed")),
        ("My generator says nothing, but the labels are wrong.", "labels_doubtful", ("affirmed", "asker", "now", "observed")),
        # Looked for, and not there.
        ("I looked for duplicates between train and test but there were none.", "images_in_both", ("negated", "asker", "now", "observed")),
        ("We have zero overlap between training and validation images.", "images_in_both", ("negated", "asker", "now", "observed")),
        ("I use neither batch norm nor dropout.", "dropout_used", ("negated", "asker", "now", "observed")),
        ("With dropout switched off the loss falls.", "dropout_used", ("negated", "asker", "now", "observed")),
        # What does as others say.
        ("The lecture tells you to shuffle, which we do.", "shuffled", ("affirmed", "asker", "now", "observed")),
    ],
)  # fmt: skip
def test_what_might_be_so_or_is_said_by_others_is_no_state(sentence, predicate, meant):
    found = [
        (c.polarity, c.holder, c.time, c.certainty)
        for c in claims(sentence)
        if c.predicate == predicate
    ]
    assert meant in found


@pytest.mark.parametrize(
    ("sentence", "predicate", "values"),
    [
        ("The learning rate was 0.1, later we lowered it to 0.02.", "learning_rate", {(0.1, "before"), (0.02, "after")}),
        ("First 4 classes, now 7 classes.", "n_classes", {(4.0, "before"), (7.0, "now")}),
        ("The number of classes went from 12 to 3.", "n_classes", {(12.0, "before"), (3.0, "after")}),
        ("It took 40 epochs until anything moved.", "epochs", set()),
        ("I set aside 10% of the 3000 images for validation.", "n_val", set()),
        ("40 of the test images are blurred.", "n_val", set()),
        ("It is a three-class problem.", "n_classes", {(3.0, "now")}),
        ("The test accuracy is 7% lower than the training accuracy.", "is_at", set()),
        ("The two losses are unlike each other.", "is_at", set()),
    ],
)  # fmt: skip
def test_figures_are_of_what_they_stand_beside_and_of_their_time(sentence, predicate, values):
    found = {(c.value, c.time) for c in claims(sentence) if c.predicate == predicate}
    assert found == values


@pytest.mark.parametrize(
    ("sentence", "curves"),
    [
        ("Accuracy: 0.91 (train), 0.66 (val).", {("is_at", "training"), ("is_at", "validation")}),
        ("The train loss keeps falling while validation loss goes up.", {("falls", "training"), ("rises", "validation")}),
        ("At the test phase the training loss is flat.", {("stays", "training")}),
        ("The validation accuracy never gets past 0.58.", {("stays", "validation")}),
        ("val_loss is five times the train loss.", {("above_training", "validation")}),
    ],
)  # fmt: skip
def test_what_is_said_of_curves_is_of_their_images(sentence, curves):
    found = {(c.predicate, c.subject.split) for c in claims(sentence) if c.subject.measurement}
    assert found == curves


def test_what_is_so_under_a_change_is_an_experiment_and_no_state():
    claim = read("When I lower the rate, the training loss falls.", "falls")
    assert claim.time == "after"
    assert claim.subject.experiment
    assert not claim.is_evidence


def test_a_state_before_a_change_is_read_apart_from_that_after_it():
    sentence = "Before I unfroze the base, validation accuracy was 0.8, now it is stuck at 0.3."
    levels = {c.value: c.time for c in claims(sentence) if c.predicate in {"is_at", "stays"}}
    assert levels == {0.8: "before", 0.3: "now"}


def test_a_test_set_is_no_validation_set():
    said = "Training accuracy is 0.9, validation accuracy 0.88, but test accuracy only 0.2."
    found = {c.subject.split: c.value for c in _prose.claims([said]) if c.predicate == "is_at"}
    assert found == {"training": 0.9, "validation": 0.88, "test": 0.2}
    stated = {c.predicate: c.value for c in evidence(_prose.claims([said]))}
    assert stated["said_val_accuracy"] == 0.88
    assert stated["test_far_below_validation"] == 0.2


@pytest.mark.parametrize(
    "said", ["We were promised 98 % accuracy.", "I hope for an accuracy of 98 %."]
)
def test_a_promise_is_no_accuracy(said):
    assert not {"said_accuracy", "is_at"} & {c.predicate for c in evidence(_prose.claims([said]))}


def test_a_higher_validation_loss_is_not_better():
    said = "The validation loss is higher than the training loss."
    assert "validation_better" not in {c.predicate for c in _prose.claims([said])}
    said = "The validation accuracy is higher than the training accuracy."
    assert "validation_better" in {c.predicate for c in evidence(_prose.claims([said]))}


def test_thousands_are_one_number():
    assert _prose.class_counts(["I train with 90,000 images of birds."]) == ()
    assert _prose.class_counts(["Three classes with 900, 400 and 80 images."]) == (900, 400, 80)


def test_the_loss_that_works_is_not_the_one_in_use(tmp_path):
    page = tmp_path / "question.txt"
    page.write_text(
        "My network for ten classes does not learn. If I change the loss to mean squared error, "
        "it learns at once. Why? The accuracy on the training images stays at ten per cent."
    )
    recipe = fitdoctor.diagnose(page).run.recipe
    assert recipe is None or recipe.loss is None


def test_a_denial_speaks_against_the_cause_and_is_quoted():
    rule = next(r for r in rules.all_rules() if r.name == "overfitting")
    run = with_curves(loss=falling(to=0.05), val_loss=rising_after())(np.random.default_rng(0))
    no = Claim(predicate="overfits", polarity="negated", sentence="It does not overfit.")
    denied = replace(run, claims=(no,))

    def probability(run):
        return next(c.probability for c in doctor.examine(run).causes if c.rule == rule.name)

    assert probability(denied) < probability(run)
    assert "You say that this is not so: “It does not overfit.”" in [
        e.sentence for e in rule.examine(denied).evidence
    ]


PAGE = "My flower classifier reaches 99 % training and 55 % validation accuracy.\nOne species comes after the next.\n"


@pytest.fixture
def page(tmp_path):
    place = tmp_path / "question.txt"
    place.write_text(PAGE)
    return place


def handed(page, claim):
    given = page.with_name("claims.json")
    given.write_text(json.dumps([claim]))
    return main(["diagnose", str(page), "--claims", str(given), "--ask", "0"])


def test_claims_that_are_handed_in_count(page, capsys):
    claim = {"predicate": "sorted_by_class", "sentence": "One species comes after the next."}
    assert fitdoctor.diagnose(page, claims=[claim]).run.claims[0] == Claim(**claim)
    assert handed(page, claim) != 2
    assert "One species comes" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"sentence": "I sort by class."}, "is not in the text"),
        ({"sentence": " "}, "is not in the text"),
        ({"predicate": "sorted_by_clas"}, "Did you mean sorted_by_class"),
        ({"mood": "sure"}, "unknown field"),
        ({"polarity": "no"}, "Invalid enum value"),
        ({"subject": {"part": "test"}}, "unknown field"),
        ({"holder": "program"}, "program"),
    ],
)
def test_what_cannot_be_a_claim_is_refused_in_one_line(page, capsys, change, word):
    claim = {"predicate": "sorted_by_class", "sentence": "One species comes after the next."}
    assert handed(page, {**claim, **change}) == 2
    error = capsys.readouterr().err
    assert word in error
    assert error.count("\n") == 1
    with pytest.raises(ClaimError):
        fitdoctor.diagnose(page, claims=[{**claim, **change}])
