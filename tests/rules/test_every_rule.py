"""What every rule must satisfy; a new rule file is tested with no new test."""

import functools
from functools import cache
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from msgspec.structs import replace

from fitdoctor import doctor
from fitdoctor.cases import Case, gap_of, healthy
from fitdoctor.facts import BY_NAME
from fitdoctor.records.claim import Claim
from fitdoctor.records.finding import Clear, Crashed, Evidence, Finding, Skipped
from fitdoctor.records.loop import Program
from fitdoctor.records.probes import ProbedEpoch
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import CURVE_NAMES, BatchCurve, Curve, DataSummary, Run, Script, curve
from fitdoctor.rule import ASKABLE, HOW_TO_SUPPLY, Rule, what_is_known
from fitdoctor.rules import all_rules, examine
from fitdoctor.sources._claims import AMOUNTING
from fitdoctor.sources._figures import FIGURES
from fitdoctor.sources._frames import STATED
from fitdoctor.sources._outcomes import OUTCOMES
from fitdoctor.sources._printed import PRINTED

SECTIONS = ["## Why it matters", "## How it is measured", "## What to try"]
DRAWS = 300
every_rule = pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.name)


@cache
def pool() -> tuple[Run, ...]:
    """One shared pool of healthy runs, drawn from seeds that no threshold was chosen on."""
    return tuple(healthy(np.random.default_rng((7, seed))) for seed in range(DRAWS))


def speaks(rule: Rule, run: Run) -> bool:
    """Return whether a rule finds its cause; from answers the interview does."""
    if rule.asks and run.answers:
        return rule.name in {cause.rule for cause in doctor.examine(run).causes}
    return isinstance(rule.examine(run), Finding)


def spoke(rule: Rule, runs) -> int:
    return sum(speaks(rule, run) for run in runs)


@pytest.fixture(scope="session")
def count(pytestconfig: pytest.Config) -> int:
    """Return how many runs are drawn of a case: what a rate allows of them is reckoned exactly."""
    return 40 if pytestconfig.getoption("--quick") else 100


def draws(case: Case, n: int) -> list[Run]:
    return [case(np.random.default_rng((11, seed))) for seed in range(n)]


def most_allowed(n: int, rate: float, confidence: float = 0.999) -> int:
    """Most alarms in n draws that a true rate of `rate` gives, but for 1 in 1000."""
    total = 0.0
    for k in range(n + 1):
        total += comb(n, k) * rate**k * (1 - rate) ** (n - k)
        if total >= confidence:
            return k
    return n


@every_rule
def test_speaks_on_sick_cases(rule: Rule, count: int) -> None:
    for number, case in enumerate(rule.sick):
        runs = draws(case, count)
        least = len(runs) - most_allowed(len(runs), 1 - rule.power)
        assert spoke(rule, runs) >= least, f"sick case {number}"


@every_rule
def test_is_silent_on_healthy_cases(rule: Rule, count: int) -> None:
    for number, case in enumerate(rule.healthy):
        runs = draws(case, count)
        most = most_allowed(len(runs), min(rule.budget, 0.05))
        assert spoke(rule, runs) <= most, f"healthy case {number}"


@pytest.mark.costly
@every_rule
def test_keeps_its_false_alarm_budget_on_the_healthy_pool(rule: Rule) -> None:
    assert spoke(rule, pool()) <= most_allowed(DRAWS, rule.budget)


@every_rule
def test_has_cases_of_both_kinds(rule: Rule) -> None:
    assert rule.sick
    assert rule.healthy


@every_rule
def test_page_is_complete(rule: Rule) -> None:
    told = rule.helped_by or rule.told_by or rule.denied_by
    said = ["## What an asker may say"] if told else []
    assert [line for line in rule.page.splitlines() if line.startswith("## ")] == [*SECTIONS, *said]


@every_rule
def test_what_is_told_plainly_is_an_outcome_that_is_read(rule: Rule) -> None:

    rows = {name for name, _ in (*OUTCOMES, *FIGURES)}
    assert set(rule.told_by) <= rows | PRINTED | STATED | AMOUNTING


@every_rule
def test_an_askers_change_counts_for_or_against(rule: Rule) -> None:
    for change in rule.helped_by:
        words = Claim(predicate=f"helped_by_{change}", value=None, sentence="It helped.")
        found = rule.examine(Run(claims=(words,)))
        assert isinstance(found, Finding)
        assert "It helped." in found.evidence[0].sentence
        in_vain = Claim(predicate=f"in_vain_{change}", value=None, sentence="It did not.")
        assert not isinstance(rule.examine(Run(claims=(in_vain,))), Finding)


@every_rule
def test_file_function_and_name_agree(rule: Rule) -> None:
    assert rule.check.__module__.rpartition(".")[2] == rule.name


@every_rule
def test_a_warning_or_error_says_what_to_change(rule: Rule) -> None:
    if rule.kind == "cause":
        assert rule.remedies or rule.advice


@every_rule
def test_explains_known_symptoms_and_stated_outcomes_only(rule: Rule) -> None:
    symptoms = {r.name for r in all_rules() if r.kind == "symptom"}
    assert set(rule.explains) <= symptoms | {name for name, _ in OUTCOMES}


curves = hnp.arrays(
    np.float64, st.integers(0, 30), elements=st.floats(allow_nan=True, width=32)
).map(lambda v: Curve(np.arange(len(v)), v))


@given(
    drawn=st.fixed_dictionaries({}, optional=dict.fromkeys(CURVE_NAMES, curves)),
    base=st.integers(0, 20),
)
def test_no_rule_ever_crashes(drawn: dict[str, Curve], base: int) -> None:
    run = pool()[base]
    patient = Run(curves=drawn, recipe=run.recipe, script=run.script, data=run.data)
    assert [o for o in examine(patient) if isinstance(o, Crashed)] == []


AWKWARD = (0.0, 0.5, 0.6931, 1.0, 1e-12, 2.3026, -1.0, 1e9, np.nan, np.inf)


@st.composite
def awkward(draw: st.DrawFn) -> dict[str, Curve]:
    """Draw curves that are short, constant, of two levels or with gaps; often one curve alone."""
    names = draw(st.lists(st.sampled_from(CURVE_NAMES), min_size=1, unique=True))
    epochs = draw(st.integers(0, 15))
    drawn = {}
    for name in names:
        length = draw(st.sampled_from([epochs, max(epochs - 1, 0)]))
        first, last = draw(st.sampled_from(AWKWARD)), draw(st.sampled_from(AWKWARD))
        change = draw(st.integers(0, 15))
        values = np.where(np.arange(length) < change, first, last)
        if draw(st.booleans()):
            with np.errstate(invalid="ignore"):
                values = values + 0.01 * np.arange(length)
        start = draw(st.sampled_from([0, 1, 7]))
        drawn[name] = Curve(start + np.arange(length), values)
    return drawn


@every_rule
def test_what_is_infinite_neither_crashes_a_rule_nor_warns(rule: Rule) -> None:
    endless = curve([np.inf] * 9)
    for finite in (*CURVE_NAMES, None):
        base = pool()[3]
        held = {
            n: base.curves[n] if n == finite and n in base.curves else endless for n in CURVE_NAMES
        }
        for run in (Run(curves=held), replace(base, curves=held)):
            assert not isinstance(rule.examine(run), Crashed), finite


@given(drawn=awkward(), base=st.none() | st.integers(0, 20))
def test_no_rule_crashes_on_short_or_constant_curves(
    drawn: dict[str, Curve], base: int | None
) -> None:
    run = Run() if base is None else pool()[base]
    patient = Run(curves=drawn, recipe=run.recipe, script=run.script, data=run.data)
    assert [o for o in examine(patient) if isinstance(o, Crashed)] == []


NAMED = {
    "validation loss": "val_loss",
    "validation accuracy": "val_accuracy",
    "training loss": "loss",
    "repeated runs": "repeats",
    "hidden layer": "layers",
    "optimizer": "optimizer",
}
"""What a rule says of a run that it calls clear -> what must be known to say so."""


def one_need(need: str) -> Run:
    """Return a healthy run of which one thing is known."""
    run = pool()[4]
    if need in CURVE_NAMES:
        return Run(curves={need: run.curves.get(need, curve([0.001] * 20))})
    places = np.arange(1, 21)
    within = BatchCurve(places * 0 + 1, places, np.full(20, 0.4))
    known = {
        "batch_loss": {"batches": {"loss": within}},
        "batch_accuracy": {"batches": {"accuracy": within}},
        "batch_learning_rate": {"batches": {"learning_rate": within}},
        "recipe": {"recipe": run.recipe},
        "script": {"script": run.script},
        "program": {"script": Script(path="loop.py", recipe=Recipe(), program=Program())},
        "data": {"data": replace(run.data, n_classes=None)},
        "classes": {"data": DataSummary(n_classes=4)},
        "claims": {"claims": (Claim(predicate="epochs", value=9, sentence="9 epochs"),)},
        "repeats": {"repeats": (0.9, 0.91, 0.9)},
        "evaluated": {"evaluated": {"accuracy": 0.9}},
        "probes": {"probes": (ProbedEpoch(epoch=3, gap=gap_of()),)},
        "image_findings": {"image_findings": ()},
    }
    return Run(**known[need])


@every_rule
def test_is_clear_only_where_it_looked_at_something(rule: Rule) -> None:
    assert not isinstance(rule.examine(Run()), Clear)
    for need in ASKABLE:
        run = one_need(need)
        known = {name for name, value in what_is_known(run).items() if value is not None}
        outcome = rule.examine(run)
        if not isinstance(outcome, Clear):
            continue
        assert need != "claims"
        assert known & {*rule.parameters, "layers", "n_val", "n_train", "class_counts"}
        for words, what in NAMED.items():
            assert words not in rule.clear or what in known, need


@every_rule
def test_a_healthy_run_that_is_known_whole_is_clear_or_says_what_is_missing(rule: Rule) -> None:
    outcome = rule.examine(pool()[4])
    assert isinstance(outcome, Clear | Finding | Skipped)
    if isinstance(outcome, Skipped):
        assert outcome.how_to_supply == HOW_TO_SUPPLY[outcome.missing[0]]


def shrunk(run: Run, share: float) -> Run:
    """Return the run with all that its curves do scaled to a share of it, about one level."""
    level = {"loss": 0.5, "accuracy": 0.7, "learning_rate": 0.001}

    def still(name: str, old: Curve) -> Curve:
        at = level[name.removeprefix("val_").removeprefix("probe_")]
        wander = (old.values - old.values.mean()) / max(float(np.ptp(old.values)), 1e-9)
        return Curve(old.epochs, at * (1 + share * wander))

    return replace(run, curves={name: still(name, c) for name, c in run.curves.items()})


ABSENCE = {"validation_missing"}
"""Rules that speak of what is not there: nothing is measured."""


def measured(rule: Rule, run: Run) -> bool:
    """Return whether the rule speaks by what the curves of this run do."""
    if rule.name in ABSENCE:
        return False
    found = rule.examine(run)
    return isinstance(found, Finding) and not isinstance(
        rule.examine(replace(run, curves={})), Finding
    )


mild_rules = pytest.mark.parametrize(
    "rule",
    [r for r in all_rules() if r.kind == "benign" or r.severity == "note"],
    ids=lambda rule: rule.name,
)


@mild_rules
def test_what_is_too_small_to_matter_is_not_reported(rule: Rule) -> None:
    for case in rule.sick:
        for run in draws(case, 10):
            if not measured(rule, run):
                continue
            found = rule.examine(run)
            effects = [e.effect for e in found.evidence if e.severity != "warning"]
            assert rule.least_effect is not None
            assert all(effect is not None and effect >= rule.least_effect for effect in effects)
            assert not isinstance(rule.examine(shrunk(run, 1e-4)), Finding)


@every_rule
def test_a_smallest_effect_stands_on_the_page(rule: Rule) -> None:
    if rule.least_effect is None:
        return
    assert f"less than {rule.least_effect:g} of {rule.effect_of} is not reported" in rule.page
    tiny = Evidence(sentence="seen", effect=rule.least_effect / 2)
    small = replace(rule, check=_named_as(rule, tiny))
    assert not isinstance(small.examine(pool()[4]), Finding)
    enough = replace(rule, check=_named_as(rule, replace(tiny, effect=rule.least_effect)))
    assert isinstance(enough.examine(pool()[4]), Finding)


def _named_as(rule: Rule, evidence: Evidence):
    def check(**_: object):
        yield evidence

    functools.update_wrapper(check, rule.check)
    return check


@mild_rules
def test_nothing_is_harmless_while_validation_is_at_chance(rule: Rule) -> None:
    for case in rule.sick:
        run = case(np.random.default_rng(17))
        n = max([len(c) for c in run.curves.values()], default=20)
        for known in (2, 4, 10):
            guessing = 1 / known + 0.02 * np.sin(np.arange(n)) / known
            at_chance = replace(
                run,
                curves={**run.curves, "val_accuracy": curve(guessing)},
                data=replace(run.data or DataSummary(), n_classes=known, class_counts=()),
            )
            diagnosis = doctor.examine(at_chance)
            assert diagnosis.verdict != "healthy"
            assert diagnosis.benign == ()


def test_codes_are_unique() -> None:
    codes = [rule.code for rule in all_rules()]
    assert len(set(codes)) == len(codes)


by_answers = pytest.mark.parametrize(
    "rule",
    [r for r in all_rules() if r.by_answers or (r.asks and list(r.parameters) == ["program"])],
    ids=lambda rule: rule.name,
)


@by_answers
def test_what_only_answers_decide_is_neither_clear_nor_found_without_one(rule: Rule) -> None:
    assert not rule.remedies, "no recipe can hold what only an asker can look up"
    for run in (Run(), *pool()[:4]):
        assert isinstance(rule.examine(run), Skipped)
        assert HOW_TO_SUPPLY["answers"] not in doctor.examine(run).bring


@by_answers
def test_an_answer_that_refutes_clears_and_one_that_fits_does_not(rule: Rule) -> None:
    fact, given = next(iter(rule.asks.items()))
    for answer, often in given.items():
        outcome = rule.examine(Run(answers={fact: answer}))
        refuted = often < 0.1 * BY_NAME[fact].answers[answer]
        assert isinstance(outcome, Clear if refuted else Skipped), answer
    assert isinstance(rule.examine(Run(answers={"other_seed": "yes"})), Skipped)


def test_a_rule_that_looks_at_nothing_must_ask() -> None:
    def silent():
        return ()

    with pytest.raises(TypeError, match="asks nothing"):
        Rule(code="X", check=silent, kind="cause", severity="note", clear="", sick=(), healthy=())


def test_an_unknown_need_is_a_type_error() -> None:
    def wants(phase_of_the_moon):
        yield phase_of_the_moon

    with pytest.raises(TypeError, match="phase_of_the_moon; a rule may ask for"):
        Rule(code="X", check=wants, kind="cause", severity="note", clear="", sick=(), healthy=())
