"""Code with findings beside their lines, its fix as a diff, and settings that a cause lies in."""

import html as escaping
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from fitdoctor import doctor
from fitdoctor.cli import main
from fitdoctor.records.finding import Evidence
from fitdoctor.records.listing import Listing
from fitdoctor.records.run import Run
from fitdoctor.report import html, listing, settings

SCRIPT = """import keras

model = keras.Sequential([
    keras.layers.Input((28, 28, 1)),
    keras.layers.Flatten(),
    keras.layers.Dense(64, activation="relu"),
    keras.layers.Dense(10, activation="softmax"),  # </code><script>alert(1)</script>
])
model.compile(
    optimizer=keras.optimizers.SGD(3.0),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
model.fit(x, y, epochs=5, batch_size=32)
"""
DIFFED = {
    kind: re.compile(f'<span class="{kind}">(.*?)</span>', re.DOTALL) for kind in ("minus", "plus")
}
LOG = "".join(
    f"Epoch {i}/5\n32/32 - 1s - loss: {2.4 + i * 3.1:.4f} - accuracy: 0.1000\n" for i in range(1, 6)
)


def files(folder, script=SCRIPT):
    (folder / "train.py").write_text(script)
    (folder / "log.txt").write_text(LOG)
    return str(folder / "train.py"), str(folder / "log.txt")


LONG = "\n".join(f"line_{i} = {i}" for i in range(1, 201))


def found(lines, text=LONG):
    diagnosis = doctor.diagnose({"loss": [1.0, 0.9, 0.8]})
    evidence = tuple(Evidence(sentence=f"At {n}.", line=n) for n in lines)
    symptom = next(o for o in doctor.diagnose({"loss": [2.3] * 30}).symptoms)
    diagnosis = replace(diagnosis, symptoms=(replace(symptom, evidence=evidence),))
    return listing.shown(Listing(path="t.py", text=text), diagnosis)


def text_of(code):
    return re.sub(r"<[^>]+>", "", str(code)).strip()


def test_findings_stand_beside_their_lines(tmp_path):
    script, log = files(tmp_path)
    report = tmp_path / "report.html"
    main(["diagnose", script, log, "--html", str(report), "--ask", "0", "--fail-on", "never"])
    page = report.read_text()
    noted = re.findall(
        r'<div class="block noted"><div class="src"><span class="no">(\d+)</span>.*?'
        r'<p class="note \w+"><span class="number">\w+</span> .*?<b>([^<]+)</b>', page, re.DOTALL,
    )  # fmt: skip
    assert ("7", "The loss is given probabilities, and expects logits") in noted
    lines = dict(re.findall(r'<span class="no">(\d+)</span><code>(.*?)</code>', page))
    assert {int(n) for n in lines} == set(range(1, 15))
    for number, line in enumerate(SCRIPT.splitlines(), 1):
        assert escaping.unescape(text_of(lines[str(number)])) == line.strip()
    assert "<script>alert" not in page
    assert "alert(1)" in page


def test_the_fix_is_a_coloured_diff_of_the_same_code(tmp_path):
    script, log = files(tmp_path)
    report = tmp_path / "report.html"
    main(["diagnose", script, log, "--html", str(report), "--ask", "0", "--fail-on", "never"])
    page = report.read_text()
    minus = [text_of(line) for line in DIFFED["minus"].findall(page)]
    plus = [text_of(line) for line in DIFFED["plus"].findall(page)]
    assert any("from_logits=True" in line for line in minus)
    assert any("SparseCategoricalCrossentropy()" in line for line in plus)
    assert (tmp_path / "train.py").read_text() == SCRIPT


def test_a_page_with_prose_and_code_shows_its_code_alone(tmp_path):
    page = tmp_path / "question.txt"
    page.write_text(f"Why does my loss stay so high? I have no idea at all.\n\n{SCRIPT}\n{LOG}")
    run = doctor.as_runs(page)[-1]
    code = doctor.listing_of(run)
    assert "Why does my loss" not in code.text
    assert code.text.split("\n")[2] == "import keras"
    shown = listing.shown(code, doctor.examine(run))
    assert shown.blocks[0].hidden is None
    assert shown.blocks[0].first.number == 3


def test_redacted_reports_hide_what_the_code_names(tmp_path):
    script, log = files(tmp_path, SCRIPT.replace("x, y,", "load('/home/anna/x.npy'), y,"))
    report = tmp_path / "report.html"
    given = ["diagnose", script, log, "--html", str(report), "--ask", "0", "--redact"]
    main([*given, "--fail-on", "never"])
    assert "anna" not in report.read_text()
    assert "&lt;path&gt;" in report.read_text()


def test_no_code_no_listing(tmp_path):
    log = tmp_path / "log.txt"
    log.write_text(LOG)
    assert doctor.listing_of(doctor.as_runs(log)[-1]) is None
    assert doctor.listing_of(Run(sources=("gone.py",))) is None
    nothing_found = listing.shown(
        Listing(path="t.py", text="x = 1"), doctor.diagnose({"loss": [1.0, 0.9]})
    )
    assert nothing_found is None


@given(st.sets(st.integers(1, 200), min_size=1, max_size=30))
def test_long_code_is_cut_around_its_findings_and_says_where(lines):
    shown = found(lines)
    numbers = [line.number for b in shown.blocks for line in (b.first, *b.rest)]
    assert numbers == sorted(set(numbers))
    assert lines <= set(numbers)
    hidden = [b.hidden for b in shown.blocks if b.hidden] + [shown.behind] * bool(shown.behind)
    left_out = [n for first, last in hidden for n in range(first, last + 1)]
    assert sorted(numbers + left_out) == list(range(1, 201))
    assert {b.first.number for b in shown.blocks if b.notes} == lines


@given(st.text(alphabet="'\"\\#()[]{}:\n \tdefx1\u00e9\x0b", max_size=80))
def test_any_text_comes_through_as_it_is(text):
    code = f"x = 1\n{text}\ny = 2"
    shown = found({1}, code)
    lines = code.rstrip().split("\n")
    for line in (line for b in shown.blocks for line in (b.first, *b.rest)):
        plain = re.sub(r'</?span(?: class="\w+")?>', "", str(line.code))
        assert escaping.unescape(plain) == lines[line.number - 1]


def test_settings_that_a_cause_lies_in_are_marked(tmp_path):
    script, log = files(tmp_path)
    diagnosis = doctor.diagnose(script, log)
    marked = settings.offending(diagnosis)
    causes = [cause.rule for cause in diagnosis.causes]
    assert set(marked) == {"learning_rate"}
    assert causes[marked["learning_rate"].number - 1] == marked["learning_rate"].rule
    page = html.render([diagnosis])
    assert page.count('<tr class="offending">') == 1
    assert 'class="offending"><th scope="row">learning rate' in page


def test_an_unlikely_or_refuted_cause_marks_no_setting(tmp_path):
    diagnosis = doctor.diagnose(*files(tmp_path))
    for changes in ({"probability": 0.3}, {"proven": False}):
        causes = tuple(replace(cause, **changes) for cause in diagnosis.causes)
        assert not settings.offending(replace(diagnosis, causes=causes))


@pytest.mark.parametrize("advice", ["", "set it to 0.01"])
def test_the_value_of_a_remedy_stands_only_where_advice_does_not_say_another(tmp_path, advice):
    diagnosis = doctor.diagnose(*files(tmp_path))
    causes = tuple(replace(cause, advice=advice) for cause in diagnosis.causes)
    marked = settings.offending(replace(diagnosis, causes=causes))["learning_rate"]
    assert bool(marked.instead) is not bool(advice)


def test_a_piece_of_long_code_begins_and_ends_with_a_line_that_holds_something():
    lines = LONG.split("\n")
    for number in (95, 96, 98, 104, 105):
        lines[number - 1] = "  "
    shown = found([100], "\n".join(lines))
    numbers = [line.number for b in shown.blocks for line in (b.first, *b.rest)]
    assert numbers == list(range(97, 104))
    assert shown.blocks[0].hidden == (1, 96)
    assert shown.behind == (104, 200)
