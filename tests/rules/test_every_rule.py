"""What every rule must satisfy; a new rule file is tested with no new test."""

from functools import cache
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fitdoctor.cases import Case, healthy
from fitdoctor.records.finding import Crashed, Finding
from fitdoctor.records.run import CURVE_NAMES, Curve, Run, Statement
from fitdoctor.rule import Rule
from fitdoctor.rules import all_rules, examine
from fitdoctor.sources._figures import FIGURES
from fitdoctor.sources._outcomes import OUTCOMES
from fitdoctor.sources._printed import PRINTED

SECTIONS = ["## Why it matters", "## How it is measured", "## What to try"]
DRAWS = 300
every_rule = pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.name)


@cache
def pool() -> tuple[Run, ...]:
    """One shared pool of healthy runs, drawn from seeds that no threshold was chosen on."""
    return tuple(healthy(np.random.default_rng((7, seed))) for seed in range(DRAWS))


def spoke(rule: Rule, runs) -> int:
    return sum(isinstance(rule.examine(run), Finding) for run in runs)


def draws(case: Case, n: int = 100) -> list[Run]:
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
def test_speaks_on_sick_cases(rule: Rule) -> None:
    for number, case in enumerate(rule.sick):
        runs = draws(case)
        least = len(runs) - most_allowed(len(runs), 1 - rule.power)
        assert spoke(rule, runs) >= least, f"sick case {number}"


@every_rule
def test_is_silent_on_healthy_cases(rule: Rule) -> None:
    for number, case in enumerate(rule.healthy):
        runs = draws(case)
        most = most_allowed(len(runs), min(rule.budget, 0.05))
        assert spoke(rule, runs) <= most, f"healthy case {number}"


@every_rule
def test_keeps_its_false_alarm_budget_on_the_healthy_pool(rule: Rule) -> None:
    assert spoke(rule, pool()) <= most_allowed(DRAWS, rule.budget)


@every_rule
def test_has_cases_of_both_kinds(rule: Rule) -> None:
    assert rule.sick
    assert rule.healthy


@every_rule
def test_page_is_complete(rule: Rule) -> None:
    said = ["## What an asker may say"] if rule.helped_by or rule.told_by else []
    assert [line for line in rule.page.splitlines() if line.startswith("## ")] == [*SECTIONS, *said]


@every_rule
def test_what_is_told_plainly_is_an_outcome_that_is_read(rule: Rule) -> None:

    assert set(rule.told_by) <= {name for name, _ in (*OUTCOMES, *FIGURES)} | PRINTED


@every_rule
def test_an_askers_change_counts_for_or_against(rule: Rule) -> None:
    for change in rule.helped_by:
        words = Statement(name=f"helped_by_{change}", value=None, sentence="It helped.")
        found = rule.examine(Run(statements=(words,)))
        assert isinstance(found, Finding)
        assert "It helped." in found.evidence[0].sentence
        in_vain = Statement(name=f"in_vain_{change}", value=None, sentence="It did not.")
        assert not isinstance(rule.examine(Run(statements=(in_vain,))), Finding)


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


def test_codes_are_unique() -> None:
    codes = [rule.code for rule in all_rules()]
    assert len(set(codes)) == len(codes)


def test_an_unknown_need_is_a_type_error() -> None:
    def wants(phase_of_the_moon):
        yield phase_of_the_moon

    with pytest.raises(TypeError, match="phase_of_the_moon; a rule may ask for"):
        Rule(code="X", check=wants, kind="cause", severity="note", clear="", sick=(), healthy=())
