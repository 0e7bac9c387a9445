"""The verdict follows from what is named: never against it, whatever was found."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from fitdoctor import doctor
from fitdoctor.cli.printing import FOUND, status
from fitdoctor.differential import conclude
from fitdoctor.errors import FitdoctorError
from fitdoctor.records.claim import Claim
from fitdoctor.records.finding import (
    LIKELY,
    OPEN,
    SEVERITIES,
    Clear,
    Diagnosis,
    Evidence,
    Finding,
    Outcome,
)
from fitdoctor.records.run import Run, curve
from fitdoctor.rules import all_rules

HERE = Path(__file__).parent
RULES = {rule.name: rule for rule in all_rules()}


def agrees(diagnosis: Diagnosis) -> None:
    """Assert what the verdict promises of the causes and symptoms that are shown beside it."""
    given_ = [cause.probability for cause in diagnosis.causes]
    assert given_ == sorted(given_, reverse=True)
    severe = [s for s in diagnosis.symptoms if s.severity != "note"]
    likely = [cause for cause in diagnosis.causes if cause.probability >= LIKELY]
    assert (diagnosis.verdict == "sick") == bool(severe or likely)
    assert not any(cause.guess for cause in likely)
    assert not any(s.guess for s in severe)
    assert all((cause.severity == "note") == (cause not in likely) for cause in diagnosis.causes)
    if diagnosis.verdict == "healthy":
        assert max(given_, default=0.0) < OPEN
    assert status([diagnosis], "warning") == (FOUND if diagnosis.verdict == "sick" else 0)
    assert status([diagnosis], "never") == 0
    assert status([diagnosis], "note") >= status([diagnosis], "warning")
    assert status([diagnosis], "warning") >= status([diagnosis], "error")


evidence = st.builds(
    Evidence,
    sentence=st.just("seen"),
    weight=st.floats(-3, 8),
    severity=st.sampled_from([None, *SEVERITIES]),
    p_value=st.none() | st.floats(0, 0.01),
    likely=st.none() | st.floats(0.01, 0.99),
    rests_on=st.none() | st.just("stuck_at_chance"),
    words=st.booleans(),
)


@st.composite
def outcomes(draw: st.DrawFn) -> list[Outcome]:
    made: list[Outcome] = []
    for name in draw(st.lists(st.sampled_from(sorted(RULES)), unique=True, max_size=12)):
        rule = RULES[name]
        items = tuple(draw(st.lists(evidence, max_size=3)))
        if not items:
            made.append(Clear(rule.name, rule.clear))
            continue
        seen = [item for item in items if not item.words] or items
        worst = max((item.severity or rule.severity for item in seen), key=SEVERITIES.index)
        made.append(
            Finding(
                rule=rule.name,
                code=rule.code,
                kind=rule.kind,
                severity=worst,
                evidence=items,
            )
        )
    return made


@given(found=outcomes(), with_log=st.booleans())
def test_whatever_is_found_the_verdict_agrees_with_it(found: list[Outcome], with_log: bool) -> None:
    run = Run(curves={"loss": curve([2.0, 1.0])}) if with_log else Run()
    agrees(conclude(run, all_rules(), found))


CASES = [
    *sorted(HERE.glob("questions/*.txt"))[::4],
    *sorted(HERE.glob("programs/*.txt"))[::12],
]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_it_agrees_on_questions_and_scripts(path: Path, tmp_path: Path) -> None:
    page = tmp_path / ("script.py" if path.parent.name == "programs" else "question.txt")
    page.write_text(path.read_text().partition("\n\n")[2])
    for diagnosis in doctor.diagnose_all(page):
        agrees(diagnosis)


@pytest.mark.slow
def test_it_agrees_on_shared_cases(assets: Path) -> None:
    read = 0
    for folder in ("seeds", "cases/pages", "cases/faults"):
        for path in sorted((assets / folder).glob("*.txt")):
            try:
                found = doctor.diagnose_all(path)
            except FitdoctorError:
                continue
            for diagnosis in found:
                agrees(diagnosis)
                read += 1
    assert read > 80


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.name)
def test_what_a_person_says_makes_no_run_sick(rule) -> None:
    """Of every statement and change that the rule listens to, alone and all at once."""
    names = [*rule.told_by, *(f"helped_by_{name}" for name in rule.helped_by)]
    said = [Claim(predicate=n, value=None, sentence=f"I say so: {n}.") for n in names]
    for claims in [*((s,) for s in said), tuple(said)]:
        diagnosis = doctor.examine(Run(claims=claims))
        agrees(diagnosis)
        assert diagnosis.verdict == "cannot_tell"
        assert all(cause.guess for cause in diagnosis.causes)
        assert all(cause.probability < LIKELY for cause in diagnosis.causes)


@pytest.mark.parametrize(
    "words",
    [
        "I froze a ResNet50 with Keras 2.2.4. Training accuracy is 0.98, validation accuracy 0.33.",
        "There is a dropout of 0.9 behind each of my layers; without dropout it reaches 97 %.",
        "I use SGD with a learning rate of 10 and the loss becomes nan. Why?",
        "The validation loss climbs from epoch 3 on while the training loss goes to zero.",
    ],
)
def test_words_alone_are_guesses(words: str, tmp_path: Path) -> None:
    page = tmp_path / "question.txt"
    page.write_text(words)
    diagnosis = doctor.diagnose(page)
    agrees(diagnosis)
    assert diagnosis.causes
    assert diagnosis.verdict == "cannot_tell"
    assert all(cause.guess for cause in diagnosis.causes)


def test_what_a_library_prints_is_no_guess(tmp_path: Path) -> None:
    page = tmp_path / "question.txt"
    page.write_text(
        "My training stops with this:\n"
        "InvalidArgumentError: Received a label value of 12 which is outside the valid range of "
        "[0, 12).\n"
    )
    diagnosis = doctor.diagnose(page)
    assert diagnosis.causes[0].rule == "labels_out_of_range"
    assert not diagnosis.causes[0].guess
    assert diagnosis.verdict == "sick"


def test_words_that_code_bears_out_are_more_than_words(tmp_path: Path) -> None:
    said = "Keras 2.2.4. Training accuracy is 0.99, validation accuracy only 0.5, "
    said += "with VGG16 the same script works.\n"
    code = (
        "base = ResNet50(weights='imagenet', include_top=False, pooling='avg')\n"
        "base.trainable = False\n"
        "model = Sequential([base, Dense(2, activation='softmax')])\n"
        "model.compile('adam', loss='categorical_crossentropy')\n"
        "model.fit_generator(train, validation_data=held_out, epochs=20)\n"
    )
    alone, both = tmp_path / "alone.txt", tmp_path / "both.txt"
    alone.write_text(said + "The base is a frozen ResNet50.")
    both.write_text(said + "\n" + code)
    assert doctor.diagnose(alone).verdict == "cannot_tell"
    first = doctor.diagnose(both).causes[0]
    assert first.rule == "frozen_batchnorm_mismatch"
    assert not first.guess
    assert first.probability >= LIKELY


def test_an_experiment_counts_in_the_verdict() -> None:
    rule = RULES["learning_rate_decays_away"]
    seen = rule.finding((Evidence(sentence="cut 100-fold", weight=5.0),), Run())
    hint = rule.finding((Evidence(sentence="cut 3-fold", weight=1.0, severity="note"),), Run())
    for finding, proven, verdict in (
        (seen, None, "sick"),
        (seen, False, "cannot_tell"),
        (hint, None, "cannot_tell"),
        (hint, True, "sick"),
    ):
        diagnosis = conclude(Run(), all_rules(), [finding])
        (cause,) = diagnosis.causes
        after = replace(diagnosis, causes=(replace(cause, proven=proven),))
        assert after.verdict == verdict
        assert status([after], "warning") == (FOUND if verdict == "sick" else 0)


def test_a_hint_and_a_remark_stay_below_even_odds() -> None:
    note = (Evidence(sentence="seen", weight=50.0, severity="note"),)
    for rule in all_rules():
        if rule.kind == "cause":
            (cause,) = conclude(Run(), all_rules(), [rule.finding(note, Run())]).causes
            assert cause.probability < LIKELY


def test_a_cause_that_code_hints_at_is_not_lifted_over_even_odds_by_words() -> None:
    rule = RULES["dropout_too_high"]
    both = (
        Evidence(sentence="Dropout 0.5 is there.", weight=1.0, severity="note"),
        Evidence(sentence="Without dropout it works.", weight=6.0, words=True),
    )
    (cause,) = conclude(Run(), all_rules(), [rule.finding(both, Run())]).causes
    assert not cause.guess
    assert cause.probability < LIKELY
