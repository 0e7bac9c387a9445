"""Which causes are tested on loops of PyTorch; needs no torch."""

import inspect

from fitdoctor.interventions import all_interventions
from fitdoctor.observe import treatments
from fitdoctor.observe.pytorch import treated_by
from fitdoctor.observe.pytorch import treatments as of_loops
from fitdoctor.rules import all_rules


def test_names_are_those_of_other_scripts_and_recipes():
    loops = of_loops.all_treatments()
    for others in (all_interventions(), treatments.all_treatments()):
        both = loops.keys() & others.keys()
        assert {"scale_inputs", "lower_learning_rate", "remove_dropout"} <= both
        for name in both:
            defaults = [
                [p.default for p in list(inspect.signature(f).parameters.values())[1:]]
                for f in (loops[name], others[name])
            ]
            assert defaults[0] == defaults[1], name


def test_every_treatment_tests_a_cause():
    assert set(treated_by.TREATED_BY) <= {rule.name for rule in all_rules()}
    used = {one.__name__ for several in treated_by.TREATED_BY.values() for one in several}
    assert used == set(of_loops.all_treatments())


def test_every_cause_has_a_treatment_or_a_reason_why_not():
    found = {rule.name for rule in all_rules() if rule.kind == "cause"}
    assert not set(treated_by.TREATED_BY) & set(treated_by.NOT_TREATED)
    assert found <= set(treated_by.TREATED_BY) | set(treated_by.NOT_TREATED)
    assert set(treated_by.NOT_TREATED) <= found
