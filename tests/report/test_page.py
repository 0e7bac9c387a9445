"""The page of a diagnosis: what stands first, what belongs together, how large it gets."""

import base64
import hashlib
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from msgspec.structs import replace

from fitdoctor import doctor
from fitdoctor.cases import falling, rising_after, with_curves
from fitdoctor.images.audit import Audit
from fitdoctor.records.estimate import Estimate
from fitdoctor.records.evaluation import ClassScore, Evaluation, WrongImage
from fitdoctor.records.finding import Evidence, Question
from fitdoctor.records.image_finding import ImageFinding
from fitdoctor.records.run import Run, curve
from fitdoctor.report import audit, html, scripts
from fitdoctor.report.headline import certainty, headline
from fitdoctor.sources import pasted

MOST_BYTES = 400_000


def sick(name="runs/mine", **changes):
    run = with_curves(classes=4, loss=falling(40, to=0.02), val_loss=rising_after(8, rise=0.04))
    made = run(np.random.default_rng(5))
    return doctor.examine(replace(made, name=name, sources=(name,), **changes))


def without_own_script(page):
    """Return a page without the one script that its content policy names."""
    for text in re.findall(r"<script>(.*?)</script>", page, re.DOTALL):
        if text == scripts.whole().text:
            page = page.replace(f"<script>{text}</script>", "")
    return page


def text_of(page):
    page = without_own_script(page)
    return re.sub(
        r"<[^>]+>", "", re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", page, flags=re.DOTALL)
    )


def test_verdict_cause_fix_and_command_come_first_then_causes_then_curves():
    page = text_of(html.render([sick()]))
    places = [
        page.index(words)
        for words in (
            "Problem found: overfitting",
            "Keep the weights of epoch",
            "fitdoctor ",
            "A percentage says",
            "The vertical axis",
            "Looked for and not found",
        )
    ]
    assert places == sorted(places)


def test_a_cause_shows_what_it_explains_where_it_was_seen_and_its_fix():
    diagnosis = sick()
    lead = diagnosis.causes[0]
    symptom = replace(
        next(o for o in diagnosis.outcomes if hasattr(o, "evidence")),
        rule="slow_end", kind="symptom", evidence=(Evidence(sentence="It ends slowly."),),
    )  # fmt: skip
    lead = replace(
        lead, explains=("slow_end",), remedies=(), advice="use `fit(x, <y>)`",
        evidence=(Evidence(sentence="Seen in the code.", line=42),),
    )  # fmt: skip
    page = html.render([replace(diagnosis, causes=(lead,), symptoms=(symptom,))])
    cause = page[page.index('<section class="cause') : page.index("A percentage says")]
    assert "<dt>Symptom</dt><dd><p>It ends slowly.</p>" in cause
    assert 'Seen in the code. <span class="aside">line 42</span>' in cause
    assert "Use <code>fit(x, &lt;y&gt;)</code>." in cause


def test_a_symptom_stands_beside_its_curve_with_its_epochs_marked():
    diagnosis = sick()
    page = html.render([diagnosis])
    lead = page[page.index('<section class="cause') : page.index("A percentage says")]
    epochs = next(e.epochs for e in diagnosis.causes[0].evidence if e.epochs)
    assert f"marked: epochs {epochs[0]} to {epochs[1]}" in lead
    without = replace(diagnosis, run=replace(diagnosis.run, curves={}))
    assert "seen-in" not in html.render([without]).split("<main>")[1]


def test_other_likely_causes_and_the_result_stand_in_the_header():
    diagnosis = sick()
    lead = diagnosis.causes[0]
    others = [
        replace(lead, rule="dropout_too_high", probability=0.9),
        replace(
            lead,
            rule="early_guess",
            probability=0.9,
            evidence=(Evidence(sentence="Said.", words=True),),
        ),
        replace(lead, rule="refuted_one", probability=0.9, proven=False),
        replace(lead, rule="unlikely_one", probability=0.1),
    ]
    half = Estimate(0.5, 0.4, 0.6)
    found = Evaluation(images=80, of="test", accuracy=half, balanced_accuracy=0.5, wrong=(),
                       classes=(), confusion=())  # fmt: skip
    page = html.render([replace(diagnosis, causes=(lead, *others))], evaluation=found)
    head = page[page.index("<header") : page.index("</header>")]
    assert re.findall(r'href="#cause-(\w+)"', head) == ["dropout_too_high"]
    assert "<b>50.0 %</b> of 80 test images right" in head


def test_causes_beyond_three_are_folded():
    diagnosis = sick()
    lead = diagnosis.causes[0]
    many = tuple(replace(lead, rule=f"cause_{i}", probability=0.9 - i / 10) for i in range(6))
    page = html.render([replace(diagnosis, causes=many)])
    folded = page[page.index("<summary>3 less likely") :]
    assert page.count('<section class="cause') == 6
    assert "Cause 3" in folded
    assert "Cause 2" not in folded


@pytest.mark.parametrize("where", ["name", "sources", "not_understood", "contradictions"])
def test_what_was_pasted_stays_words(where):
    hostile = "</pre><script>alert(1)</script>{{ 7 * 7 }}"
    run = replace(sick().run, **{where: hostile if where == "name" else (hostile,)})
    page = html.render([doctor.examine(run)])
    assert "<script" not in without_own_script(page)
    assert ">49" not in without_own_script(page)


HOSTILE = "</td></figure><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7 * 7 }}"


def evaluated(name):
    half = Estimate(0.5, 0.4, 0.6)
    wrong = WrongImage(path=name, label=name, predicted=name, probability=0.9)
    score = ClassScore(name=name, images=9, recall=half, precision=half)
    found = Evaluation(
        images=9, of=name, classes=(score,), confusion=((9,),), accuracy=half,
        balanced_accuracy=0.5, wrong=(wrong,),
    )  # fmt: skip
    pixels = np.zeros((8, 8, 3), np.uint8)
    shown = SimpleNamespace(wrong=wrong, pixels=pixels, heat=np.zeros((8, 8), np.float32))
    return html.render([sick()], evaluation=found, pictures=[shown])


def audited(name):
    finding = ImageFinding(rule="odd_image_sizes", files=(name, name), sentence=name)
    return audit.page(
        Audit(
            root=Path(name), images=3, classes={name: {name: 2}}, findings=(finding,), facts=(),
            checked=(),
        ),
        name,
    )  # fmt: skip


@pytest.mark.parametrize("page", [evaluated, audited])
def test_names_of_classes_and_files_stay_words(page):
    made = without_own_script(page(HOSTILE))
    assert "<script" not in made
    assert "<img src=x" not in made
    assert ">49" not in made
    assert "alert(1)" in text_of(made)


def test_the_script_of_a_page_is_the_one_that_its_policy_names():
    page = html.render([sick()])
    (text,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'\">" in page
    assert page.count("<script") == 1


def test_pages_without_curves_and_pages_without_room_have_no_script():
    assert "<script" not in html.render([doctor.examine(Run())])
    assert "script-src" not in html.render([doctor.examine(Run())])
    assert scripts.for_page(["data-chart=" + "x" * 350_000]) is None


def test_colours_of_bars_have_keys():
    page = html.render([sick()])
    severity = sick().causes[0].severity
    keys = page[page.index('class="keys"') : page.index('<section class="cause')]
    assert f'<rect class="{severity}"' in keys
    assert keys.count("<li>") == len({c.severity for c in sick().causes})


def test_many_runs_stay_one_small_page_and_none_is_forgotten():
    one = sick()
    runs = [replace(one, run=replace(one.run, name=f"run number {i}")) for i in range(150)]
    page = html.render(runs)
    assert len(page.encode()) <= MOST_BYTES
    assert all(f"run number {i}<" in page for i in range(150))
    assert "Problem found in 150 of 150 runs." in page
    shown = int(re.search(r"The first (\d+) runs are shown whole", page)[1])
    assert page.count('<header class="card head sick" id="run-') == shown > 3
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets <= set(re.findall(r'id="([^"]+)"', page))


def test_long_curves_and_long_left_overs_stay_small():
    noise = np.random.default_rng(0).normal(1, 0.1, 8_000)
    names = ("loss", "val_loss", "probe_loss", "accuracy", "val_accuracy", "probe_accuracy")
    run = Run(
        curves={name: curve(np.abs(noise)) for name in names},
        not_understood=("x" * 100_000,) * 500,
    )
    page = html.render([replace(sick(), run=run)])
    assert len(page.encode()) <= MOST_BYTES
    assert "And 7800 more epochs" in page
    assert "of which the first 100" in page


def test_the_command_of_a_run_folder_proves_its_leading_cause():
    from fitdoctor.records.recipe import Recipe

    diagnosis = sick("runs/it's mine", recipe=Recipe(images="photos"))
    head = headline(diagnosis)
    lead = diagnosis.causes[0]
    assert lead.remedies
    assert head.command.startswith("""fitdoctor prove 'runs/it'"'"'s mine' --cause """ + lead.rule)
    # A log alone cannot be trained again, so nothing says so.
    assert "prove" not in headline(sick()).command


def test_nothing_is_wrong_and_nothing_is_known():
    learns = with_curves(classes=4, loss=falling(60), val_loss=falling(60, to=0.15))
    healthy = doctor.examine(learns(np.random.default_rng(1)))
    assert healthy.verdict == "healthy"
    assert headline(healthy).sentence == "No problem found."
    assert "No problem found." in html.render([healthy])
    unknown = headline(doctor.examine(Run()))
    assert unknown.sentence.startswith("Cannot tell yet: neither")
    assert unknown.step


def found(probability, severity="note", **changes):
    diagnosis = sick()
    finding = next(o for o in diagnosis.outcomes if hasattr(o, "evidence"))
    symptom = replace(
        finding, rule="it_is_slow", kind="symptom", severity=severity,
        evidence=(Evidence(sentence="It is slow."),),
    )  # fmt: skip
    cause = replace(diagnosis.causes[0], probability=probability, **changes)
    return headline(replace(diagnosis, causes=(cause,), symptoms=(symptom,)))


def test_a_cause_is_named_by_how_likely_it_is():
    assert found(0.9).sentence == "Problem found: overfitting (very likely, by your curves)."
    assert found(0.1, proven=True).sentence == "Problem found: overfitting (proven by experiment)."
    assert found(0.4).sentence == (
        "Cannot tell yet. First suspect: overfitting (possible, by your curves)."
    )
    assert found(0.1).sentence == "Cannot tell yet. Seen: it is slow."
    assert not found(0.1).fix
    assert found(0.9, proven=False).sentence == "Cannot tell yet. Seen: it is slow."
    slow = "Problem found: it is slow."
    assert found(0.1, "warning").sentence == f"{slow} Its cause is not known yet."
    suspected = found(0.4, "warning")
    assert suspected.sentence == (f"{slow} First suspect: overfitting (possible, by your curves).")
    assert suspected.seen.sentence == "It is slow."


def test_a_guess_from_words_has_no_figure():
    guess = (Evidence(sentence="Stated: it overfits", words=True),)
    assert "(only a guess, from your words)" in found(0.45, evidence=guess).sentence
    assert "45" not in found(0.45, evidence=guess).sentence


def test_a_question_puts_no_answer_in_anybodys_mouth():
    asked = Question(
        id="same_size", text="Are they of one size?", answers=("yes", "no"), how="print(x.shape)",
        separates=("overfitting",), bits=1.0, seconds=5,
    )  # fmt: skip
    diagnosis = sick("log.txt")
    open_ = replace(diagnosis.causes[0], probability=0.7)
    head = headline(replace(diagnosis, causes=(open_,), questions=(asked,)))
    assert head.step == (
        "run `print(x.shape)`: are they of one size? ANSWER: yes or no. It tells of: overfitting."
    )
    assert head.command == "fitdoctor diagnose log.txt --answer same_size=ANSWER"
    page = html.render([replace(sick("log.txt"), questions=(asked,))])
    assert "=yes" not in page


def test_settings_stand_with_where_they_were_read_and_answers_with_their_questions():
    script = (
        "import keras\nmodel = keras.Sequential([keras.layers.Dense(3)])\n"
        "model.fit(x, y, batch_size=16)\nWhy is my validation loss so high?\n"
    )
    diagnosis = doctor.examine(doctor.answered(pasted(script)[-1], {"batchnorm": "no"}))
    page = text_of(html.render([diagnosis]))
    assert "batch size16line 3" in page
    assert "BatchNorm" in page.partition("Known by answers")[2]


def test_what_stands_in_code_is_told_from_what_curves_make_likely(tmp_path):
    path = tmp_path / "page.txt"
    code = "model = Sequential([Flatten(), Dense(1, activation='softmax')])\n"
    path.write_text(f"from keras import *\n{code}model.compile('adam', 'mse')\nmodel.fit(x, y)\n")
    in_code = doctor.diagnose(path).causes[0]
    assert in_code.evidence[0].read_from == "code"
    assert certainty(in_code) == "it stands in your code"
    curves = sick().causes[0]
    assert curves.evidence[0].read_from == "curves"
    assert certainty(replace(curves, probability=0.6)) == "likely, by your curves"
    assert certainty(replace(in_code, probability=0.6)) == "likely, by your code"
    assert certainty(replace(curves, proven=True)) == "proven by experiment"


def test_percentages_are_explained_only_where_there_are_any():
    words = "A percentage says how often"
    sick = with_curves(classes=4, loss=falling(40, to=0.02), val_loss=rising_after(8, rise=0.04))
    assert words in html.render([doctor.examine(sick(np.random.default_rng(5)))])
    asked = "My validation loss sometimes has spikes and then comes back. Why is that?"
    (run,) = pasted(asked)
    found = doctor.examine(run)
    assert all(cause.guess or cause.usual for cause in found.causes)
    assert words not in html.render([found])


def test_what_is_seen_of_a_healthy_run_stands_at_its_head():
    values = 0.7 * 0.96 ** np.arange(60) + 0.05
    values += np.random.default_rng(3).normal(0, 0.02, 60)
    losses = {"loss": curve(0.7 * 0.95 ** np.arange(60)), "val_loss": curve(values.copy())}
    assert headline(doctor.examine(Run(curves=losses))).sentence == "No problem found."
    values[[17, 33, 48]] += 1.8
    spiked = doctor.examine(Run(curves={**losses, "val_loss": curve(values)}))
    assert headline(spiked).sentence == "No problem found. Seen: validation spikes."
