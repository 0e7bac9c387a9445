"""What is told of a training that still runs: late enough to last, and never to and fro."""

import numpy as np
import pytest

from fitdoctor.records.finding import Cause, Diagnosis, Evidence, Finding
from fitdoctor.records.run import Run, curve
from fitdoctor.steady import Steady, after, grave, sentence, settled, verdict

SEEN = Evidence(sentence="It rises.", epochs=(3, 9))
OF_CODE = Evidence(sentence="It is in the code.", line=7)
TESTED = Evidence(sentence="A test says so.", line=7, p_value=0.001)


def cause(rule, evidence=SEEN, probability=0.9, **more):
    return Cause(rule=rule, code="FD101", severity="warning", probability=probability,
                 evidence=(evidence,), **more)  # fmt: skip


def symptom(rule, severity="warning"):
    return Finding(rule=rule, code="FD101", kind="symptom", severity=severity, evidence=(SEEN,))


def look(epoch, *causes, symptoms=()):
    run = Run(curves={"loss": curve([1.0] * epoch)})
    return Diagnosis(run=run, causes=causes, symptoms=symptoms, benign=(), outcomes=())


def watched(shown, first=1):
    """Return the states after each epoch; `shown` says whether a cause is seen at it."""
    states = [Steady()]
    for epoch in range(first, first + len(shown)):
        found = [cause("overfitting")] if shown[epoch - first] else []
        states.append(after(states[-1], look(epoch, *found)))
    return states[1:]


def test_what_lasts_is_told_once_and_stays():
    states = watched([False] * 10 + [True] * 30)
    told = [bool(state.told) for state in states]
    assert told == [False] * 12 + [True] * 28
    assert states[-1].told == {"overfitting": 13}
    assert verdict(states[0]) == "cannot_tell"
    assert verdict(states[-1]) == "sick"
    assert sentence(states[-1]) == "Still training. Found so far: overfitting."


def test_later_in_a_training_more_epochs_are_asked_for():
    states = watched([False] * 100 + [True] * 30)
    assert next(s.epoch for s in states if s.told) == 113


@pytest.mark.parametrize("period", [1, 2, 3, 5])
def test_what_comes_and_goes_changes_nothing(period):
    shown = [i // period % 2 == 0 for i in range(20, 200)]
    changes = np.diff([bool(state.told) for state in watched(shown, first=20)]).astype(bool).sum()
    assert changes <= 1


@pytest.mark.parametrize("seed", range(30))
def test_however_it_is_drawn_it_changes_seldom(seed):
    rng = np.random.default_rng(seed)
    shown = list(rng.random(400) < rng.uniform(0, 1))
    told = [bool(state.told) for state in watched(shown)]
    assert np.diff(told).astype(bool).sum() <= 7 * np.log10(400)


def test_what_is_gone_for_long_is_taken_back_and_said():
    states = watched([True] * 20 + [False] * 20)
    gone = next(s for s in states if not s.told and s.epoch > 10)
    assert gone.rules["overfitting"].gone == gone.epoch == 28
    again = watched([True] * 20 + [False] * 20 + [True] * 10)[-1]
    assert again.told["overfitting"] > 40
    assert again.rules["overfitting"].gone is None


def test_a_fact_of_the_code_is_told_at_once():
    state = after(Steady(), look(1, cause("dropout_too_high", OF_CODE), cause("x", TESTED)))
    assert state.told == {"dropout_too_high": 1}


def test_guesses_hints_and_notes_are_never_told():
    words, usual = Evidence(sentence="x", words=True), Evidence(sentence="x", usual=True)
    diagnosis = look(5, cause("a", words), cause("b", usual), cause("c", probability=0.4),
                     symptoms=(symptom("d", "note"), symptom("e")))  # fmt: skip
    assert grave(diagnosis) == {"e": False}


def test_the_same_epoch_twice_is_one_look():
    first = after(Steady(), look(5, cause("overfitting")))
    assert after(first, look(5)) == first
    assert after(first, look(4)) == first


def test_the_diagnosis_shows_what_is_told_alone():
    state = watched([True] * 5)[-1]
    shown = settled(look(5, cause("overfitting"), cause("other"), symptoms=(symptom("e"),)), state)
    assert [c.rule for c in shown.causes] == ["overfitting"]
    assert shown.symptoms == ()
