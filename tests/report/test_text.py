"""The answer in the terminal: short, in order, and in words that people know."""

import re
from pathlib import Path

import pytest

from fitdoctor import doctor
from fitdoctor.records.finding import LIKELY, Diagnosis
from fitdoctor.records.run import Run, curve
from fitdoctor.report import headline, text
from fitdoctor.report.names import title
from fitdoctor.rule import HOW_TO_SUPPLY

HERE = Path(__file__).parents[1]
PAGES = [*sorted(HERE.glob("questions/*.txt"))[::25], *sorted(HERE.glob("programs/*.txt"))[::60]]
BARS = re.compile(r"^  [\u2588\u2591]{10} (\d+)% by ", re.MULTILINE)
IN_CODE = re.compile(r"^  [\u2588\u2591]{10} in your (?:code|settings)  ", re.MULTILINE)
GUESSES = re.compile(
    r"^  [\u2588\u2591]{10} (?:guess from your words|often the reason)", re.MULTILINE
)

pytestmark = pytest.mark.xdist_group("answers")  # the pages are read by one worker


@pytest.fixture(scope="module")
def diagnoses(tmp_path_factory) -> list[Diagnosis]:
    folder = tmp_path_factory.mktemp("pages")
    found = []
    for path in PAGES:
        page = folder / (path.stem + (".py" if path.parent.name == "programs" else ".txt"))
        page.write_text(path.read_text().partition("\n\n")[2])
        found += doctor.diagnose_all(page)
    return found


@pytest.mark.parametrize("width", [100, 80])
def test_an_answer_is_at_most_twenty_lines(diagnoses, width):
    for diagnosis in diagnoses:
        shown = text.render(diagnosis, width=width).splitlines()
        assert len(shown) <= text.MOST_LINES
        assert max(map(len, shown)) <= width or any(x.startswith("  fitdoctor ") for x in shown)


def test_bars_are_in_order_and_guesses_have_no_percentage(diagnoses):
    for diagnosis in diagnoses:
        shown = text.render(diagnosis, verbose=True)
        shares = [int(share) for share in BARS.findall(shown)]
        assert shares == sorted(shares, reverse=True)
        guesses = [cause for cause in diagnosis.causes if cause.guess or cause.usual]
        assert len(GUESSES.findall(shown)) == len(guesses)
        in_code = [cause for cause in diagnosis.causes if headline.in_code(cause)]
        assert len(IN_CODE.findall(shown)) == len(in_code)
        assert len(shares) + len(guesses) + len(in_code) == len(diagnosis.causes)


def test_the_headline_is_the_verdict(diagnoses):
    first = {"sick": "Problem found", "healthy": "No problem found", "cannot_tell": "Cannot tell"}
    for diagnosis in diagnoses:
        shown = text.render(diagnosis)
        assert shown.startswith(first[diagnosis.verdict])
        if diagnosis.verdict == "sick" and diagnosis.causes[:1]:
            lead = diagnosis.causes[0]
            named = lead.rule if lead.probability >= LIKELY else diagnosis.symptoms[0].rule
            assert title(named) in " ".join(shown.split())


def test_no_internal_name_is_asked_for(diagnoses):
    names = [need for need in HOW_TO_SUPPLY if "_" in need or need in {"recipe", "probes"}]
    for diagnosis in diagnoses:
        shown = text.render(diagnosis, verbose=True)
        for need in names:
            assert f"without {need}" not in shown
            assert f"for want of {need}:" not in shown


def test_what_is_left_out_is_behind_verbose(diagnoses):
    for diagnosis in diagnoses:
        whole = " ".join(text.render(diagnosis, verbose=True).split())
        for cause in diagnosis.causes:
            kept = cause.evidence[:1] if cause.guess else cause.evidence
            assert all(" ".join(e.sentence.split()) in whole for e in kept)


def test_a_command_is_one_line_and_keeps_the_answers_given():
    losses = {"loss": curve([2.0, 2.1, 30.0, 400.0, 500.0, 507.0])}
    name = "a/rather/long/path/" + "to-a-log-" * 12 + ".txt"
    run = Run(curves=losses, name=name, sources=(name,), answers={"batchnorm": "no"})
    lines = text.render(doctor.examine(run), width=80).splitlines()
    (command,) = [line for line in lines if "fitdoctor diagnose" in line]
    assert name in command
    assert "--answer batchnorm=no --answer " in command
    assert command.rstrip().endswith('="ANSWER"')
