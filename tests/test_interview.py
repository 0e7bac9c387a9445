"""The interview: what is asked, what an answer does, and that silence costs nothing."""

import itertools

import numpy as np
import pytest
from msgspec.structs import replace

from fitdoctor import doctor, facts, interview, rules
from fitdoctor.errors import AnswerError
from fitdoctor.interview import Answer
from fitdoctor.records.run import Run, curve
from fitdoctor.situations import ELSEWHERE, SITUATIONS, where

RULES = {rule.name: rule for rule in rules.all_rules()}
GAP = Run(
    curves={
        "loss": curve([0.9, 0.5, 0.3, 0.2, 0.12, 0.08, 0.05, 0.04]),
        "accuracy": curve([0.6, 0.8, 0.88, 0.92, 0.95, 0.97, 0.98, 0.99]),
        "val_loss": curve([1.1, 1.3, 1.2, 1.4, 1.3, 1.5, 1.4, 1.5]),
        "val_accuracy": curve([0.5, 0.52, 0.49, 0.51, 0.5, 0.52, 0.5, 0.51]),
    }
)


@pytest.mark.parametrize("fact", facts.ALL, ids=lambda f: f.name)
def test_a_question_names_no_cause_and_its_answers_are_probabilities(fact):
    assert fact.text.endswith("?") or fact.text.endswith("?.")
    assert sum(fact.answers.values()) == pytest.approx(1)
    assert min(fact.answers.values()) > 0
    assert fact.name not in RULES
    assert not [name for name in RULES if name.replace("_", " ") in fact.text.lower()]
    assert all(fact.answered(answer) == answer for answer in fact.answers)


def test_every_fact_is_asked_by_a_rule():
    asked = {name for rule in RULES.values() for name in rule.asks} | {interview.SITUATION}
    assert asked == set(facts.BY_NAME)


def test_situations_name_rules_and_leave_something_to_the_unknown():
    assert set(facts.BY_NAME[interview.SITUATION].answers) == set(SITUATIONS)
    for shares in (situation.causes for situation in SITUATIONS.values()):
        assert set(shares) <= set(RULES)
        assert sum(shares.values()) < 1
        assert min(shares.values()) >= ELSEWHERE


@pytest.mark.parametrize(
    ("rule", "name"),
    [(r, n) for r in RULES.values() for n in r.asks],
    ids=lambda x: getattr(x, "name", x),
)
def test_an_answer_is_a_likelihood_ratio(rule, name):
    """Over the answers of those with another cause the expected ratio is one."""
    fact = facts.BY_NAME[name]
    ratios = interview.ratios(rule, fact)
    by_chance = interview.WRONG / len(fact.answers)
    usual = [(1 - interview.WRONG) * p + by_chance for p in fact.answers.values()]
    assert sum(
        u * np.exp(ratios[a]) for u, a in zip(usual, fact.answers, strict=True)
    ) == pytest.approx(1)
    assert max(map(abs, ratios.values())) < 3.6, "no single answer decides"


def test_who_answers_nothing_loses_nothing():
    plain = doctor.examine(GAP)
    assert plain.questions
    assert plain.causes == doctor.examine(replace(GAP, answers={})).causes


def test_an_answer_names_the_cause_that_it_shows_and_speaks_against_others():
    before = doctor.examine(GAP)
    after = doctor.examine(replace(GAP, answers={"same_preparation": "no"}))
    named = {c.rule: c for c in after.causes}
    assert "same scaling" in named["pipelines_differ"].evidence[-1].sentence
    against = doctor.examine(replace(GAP, answers={"evaluate_on_training_images": "much_worse"}))
    assert "overfitting" not in [c.rule for c in against.causes[:1]]
    assert {c.rule for c in against.causes} & {
        "batchnorm_inference_gap",
        "frozen_batchnorm_mismatch",
    }
    probability = {c.rule: c.probability for c in before.causes}
    for cause in against.causes:
        if cause.rule == "overfitting" and "overfitting" in probability:
            assert cause.probability < probability["overfitting"]


def test_two_answers_add_up_and_their_order_does_not_matter():
    answers = {
        "batchnorm": "yes",
        "evaluate_on_training_images": "much_worse",
        "batch_size": "up_to_4",
    }
    found = [
        doctor.examine(replace(GAP, answers=dict(order))).causes
        for order in itertools.permutations(answers.items())
    ]
    assert all(causes == found[0] for causes in found)
    assert found[0][0].rule == "batchnorm_inference_gap"
    one = doctor.examine(replace(GAP, answers={"batchnorm": "yes"}))
    first = {c.rule: c.probability for c in one.causes}.get("batchnorm_inference_gap", 0)
    assert found[0][0].probability > first


def test_what_was_answered_or_is_seen_is_not_asked():
    asked = [q.id for q in doctor.examine(GAP).questions]
    again = doctor.examine(
        replace(GAP, answers={asked[0]: next(iter(facts.BY_NAME[asked[0]].answers))})
    )
    assert asked[0] not in [q.id for q in again.questions]
    assert interview.SITUATION not in asked, "the figures tell it"
    assert doctor.examine(Run()).questions[0].id == interview.SITUATION
    told = Run(prose="My network for pictures of birds behaves in a strange way, help.")
    asked = [q.id for q in doctor.examine(told).questions]
    assert asked
    assert interview.SITUATION not in asked, "who has described it is not asked for a word"


def test_the_more_a_cause_is_open_the_more_a_question_about_it_tells():
    rule = RULES["pipelines_differ"]
    fact = facts.BY_NAME["same_preparation"]

    def bits(share):
        belief = interview.Belief((rule,), np.array([share, 1 - share]))
        asked = interview.questions(GAP, belief, where(GAP, 2))
        return next(q.bits for q in asked if q.id == fact.name)

    assert bits(0.5) > bits(0.2) > bits(0.08)
    assert bits(0.5) <= 1


def test_the_belief_is_a_distribution_and_ruling_out_makes_the_rest_likelier():
    outcomes = rules.examine(GAP)
    before = interview.prior(GAP, rules.all_rules(), outcomes, (), where(GAP, 2))
    assert before.shares.sum() == pytest.approx(1)
    assert min(before.shares) >= 0
    after = interview.answered(
        before, {"same_preparation": Answer("yes"), "batchnorm": Answer("no")}
    )
    assert after.shares.sum() == pytest.approx(1)
    for name in ("pipelines_differ", "batchnorm_inference_gap", "frozen_batchnorm_mismatch"):
        assert after.of(name) < before.of(name) / 3
    assert after.of("overfitting") > before.of("overfitting")


def test_a_question_never_tells_less_than_nothing_nor_more_than_is_open():
    """The expected fall of an entropy is a mutual information, for any belief."""
    rng = np.random.default_rng(0)
    known = tuple(rule for rule in RULES.values() if rule.asks)
    for _ in range(20):
        shares = rng.dirichlet(np.full(len(known) + 1, 0.3))
        for fact in facts.ALL:
            chances = interview._chances(fact, interview.Belief(known, shares), where(GAP, 2))
            assert chances.sum(axis=1) == pytest.approx(np.ones(len(chances)))
            bits = interview._expected_bits(chances, shares)
            assert -1e-9 <= bits <= interview._entropy(shares) + 1e-9


def test_what_an_answer_shows_is_named_beside_a_sure_cause():
    sure = replace(GAP, answers={"same_preparation": "no"})
    assert "pipelines_differ" in {c.rule for c in doctor.examine(sure).causes}


def test_figures_tell_the_situation_before_words_do():
    assert where(GAP, 4).likeliest == "training_good_validation_bad"
    assert where(GAP, 2).likeliest == "validation_stays_at_chance"
    nan = replace(GAP, curves={"loss": curve([1.0, float("nan")])})
    assert where(nan, None).likeliest == "loss_is_nan_or_explodes"
    stuck = replace(GAP, curves={"accuracy": curve([0.1] * 9), "val_accuracy": curve([0.1] * 9)})
    assert where(stuck, 10).likeliest == "training_does_not_learn"
    assert not where(stuck, 10).words


def test_words_tell_a_situation_without_any_figure_and_less_surely():
    words = (
        "While it fits everything looks great, but when I load the saved network and call predict "
        "on pictures of my phone nearly all of them come out wrong, even ones it was trained with."
    )
    here = where(Run(prose=words), None)
    assert here.likeliest == "good_in_fit_bad_in_predict"
    assert here.trouble
    assert here.words
    assert here.shares[here.likeliest] < 0.9
    assert sum(here.shares.values()) == pytest.approx(1.0)


def test_what_is_usual_is_named_as_a_guess_where_nothing_was_found():
    words = (
        "The loss of my network is fine on the training pictures and gets worse and worse on the "
        "validation pictures the longer it trains. How can I get a better validation result?"
    )
    causes = doctor.examine(Run(prose=words)).causes
    assert causes
    assert all(cause.guess and cause.probability < 0.5 for cause in causes)


def test_nobody_who_tells_of_no_trouble_gets_a_usual_cause():
    assert not doctor.examine(Run()).causes
    assert not where(Run(), None).trouble
    plain = "How do I save the weights of my network after each epoch under another file name?"
    assert not doctor.examine(Run(prose=plain)).causes


def test_an_answer_that_there_is_not_is_refused_in_one_line():
    assert facts.fact("batchnorm").answered("Y") == "yes"
    assert facts.fact("batch_size").answered("16 or more") == "16_or_more"
    assert facts.fact("batch_size").answered("8") == "5_to_15"
    assert facts.fact("learning_rate").answered("3e-4") == "1e-4_to_2e-3"
    assert facts.fact("training_images").answered("12,000") == "above_5000"
    with pytest.raises(AnswerError, match=r"perhaps.*yes, no"):
        facts.fact("batchnorm").answered("perhaps")
    with pytest.raises(AnswerError, match="no such question"):
        facts.fact("colour_of_the_cat")
