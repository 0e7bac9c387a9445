"""Reports in a real browser: nothing to scroll sideways, no error, no request, causes first.

Each page stands in frames of three widths, with scripts and without; a script around them measures.
"""

import html as escaping
import io
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image

from fitdoctor import doctor
from fitdoctor.cases import falling, rising_after, with_curves
from fitdoctor.images.audit import Audit
from fitdoctor.records.estimate import Estimate
from fitdoctor.records.evaluation import Bin, Calibration, ClassScore, Evaluation
from fitdoctor.records.experiment import Experiment, Trial, Verdict
from fitdoctor.records.finding import Prescription
from fitdoctor.records.image_finding import ImageFinding
from fitdoctor.records.mending import Mend, Mending, Unmended
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import Run, curve
from fitdoctor.report import audit, beside, html, mended

# One browser, and not in the worker that loads Keras, which has enough to do.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]

WIDTHS = (360, 768, 1280)
FOLD = 400
LONG = "a_name_without_any_place_to_break_" * 8
SANDBOXED = "Blocked script execution in 'about:srcdoc'"
"""What Chromium says where a frame without scripts has one, as it is meant to."""
MEASURE = """
() => [...document.querySelectorAll("iframe")].map(frame => {
  const page = frame.contentDocument, root = page.documentElement;
  const all = which => [...page.querySelectorAll(which)];
  const seen = e => e && Math.round(e.getBoundingClientRect().top);
  const cause = seen(page.querySelector(".cause"));
  page.querySelectorAll("details").forEach(e => { e.open = true });
  return {
    cause, width: root.clientWidth, scrolls: root.scrollWidth, scripts: frame.dataset.scripts,
    charts: all("[data-chart]").length, taken: all(".zoomed canvas").length,
    requests: frame.contentWindow.performance.getEntriesByType("resource").map(e => e.name),
    headings: all("h1,h2,h3,h4,h5,h6").map(h => +h.tagName[1]),
    wide: all("body *").filter(e => !e.closest(".scroll, pre, svg")
      && e.getBoundingClientRect().right > root.clientWidth + 1)
      .map(e => e.outerHTML.slice(0, 90)).slice(0, 3),
    unreachable: all("summary, a, .scroll, pre").filter(e => e.tabIndex < 0).length,
    unnamed: all("svg:not([aria-hidden]), img, canvas")
      .filter(e => !e.parentElement.closest("svg, [aria-label]"))
      .filter(e => !e.getAttribute("aria-label") && !e.getAttribute("alt")).length,
  };
})
"""


def measured(page, folder, browser):
    """Return what the browser measures of a page in each frame, and what it prints as errors."""
    frames = [
        f'<iframe style="border:0;width:{width}px;height:900px" data-scripts="{scripts}" '
        f"{'sandbox=allow-same-origin ' if scripts == 'off' else ''}"
        f'srcdoc="{escaping.escape(page)}"></iframe>'
        for width in WIDTHS
        for scripts in ("on", "off")
    ]
    file = folder / "frames.html"
    file.write_text("<!doctype html><meta charset=utf-8>" + "".join(frames))
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    try:
        tab, said = context.new_page(), []
        tab.on("console", lambda m: said.append(m.text))
        tab.on("pageerror", lambda e: said.append(str(e)))
        tab.goto(file.as_uri())
        tab.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")
        return tab.evaluate(MEASURE), [t for t in said if not t.startswith(SANDBOXED)]
    finally:
        context.close()


def sick(name="patient", epochs=40):
    run = with_curves(classes=4, loss=falling(epochs, to=0.02), val_loss=rising_after(8, rise=0.04))
    return doctor.examine(replace(run(np.random.default_rng(5)), name=name))


def proof(cause):
    rng = np.random.default_rng(1)
    trials = tuple(
        Trial(
            cause=cause, intervention="x", arm=arm, seed=seed, seconds=1.0,
            outcome=float(rng.uniform(0.4, 0.6) + 0.2 * (arm == "treated")),
            failure="it diverged" if seed == 3 else None,
        )
        for seed in range(12) for arm in ("control", "treated")
    )  # fmt: skip
    experiment = Experiment(
        cause=cause,
        prescription=Prescription(intervention="x", arguments={}, sentence="Do x."),
        control=Recipe(),
        treated=Recipe(),
        pairs=12,
    )
    return Verdict(
        experiment=experiment, trials=trials, pairs=12, effect=Estimate(0.2, 0.1, 0.3), level=0.95,
        decision="helps", pairs_needed=None, sentence=f"{LONG} helps.",
    )  # fmt: skip


def evaluation(classes):
    half = Estimate(0.5, 0.4, 0.6)
    names = [f"{LONG if i == 1 else 'class'}{i}" for i in range(classes)]
    return Evaluation(
        images=1000, of="validation", accuracy=half, balanced_accuracy=0.5, wrong=(),
        classes=tuple(ClassScore(name=n, images=50, recall=half, precision=None) for n in names),
        confusion=tuple(tuple(i * j % 7 for j in range(classes)) for i in range(classes)),
        calibration=Calibration(
            bins=(Bin(confidence=0.9, accuracy=half, images=9),), error=0.1, log_loss=1.0,
            temperature=Estimate(1.5, 1.2, 1.9), error_after=0.05, log_loss_after=0.9,
        ),
    )  # fmt: skip


def of_long_words():
    broken = Run(
        name=LONG,
        curves={
            "loss": curve([1e9, 1.0, float("nan"), 0.5, float("inf"), 0.4]),
            "val_accuracy": curve([0.1, 0.2]),
        },
        not_understood=(LONG * 5,),
        contradictions=(LONG,),
        sources=(LONG,),
    )
    diagnosis = doctor.examine(broken)
    return replace(diagnosis, bring=(LONG, *diagnosis.bring))


def with_long_evidence():
    diagnosis = sick(LONG)
    lead = diagnosis.causes[0]
    said = replace(lead.evidence[0], sentence=f"{LONG} `{LONG}`", line=7)
    return replace(diagnosis, causes=(replace(lead, evidence=(said,)), *diagnosis.causes[1:]))


def audited():
    finding = ImageFinding(
        rule="duplicate_images", files=(f"{LONG}/1.png", f"{LONG}/2.png"), sentence=LONG
    )
    return Audit(
        root=Path(LONG), images=2, facts=(), checked=(), findings=(finding,) * 70,
        classes={LONG: {"train": 1, "val": 1}},
    )  # fmt: skip


def compared():
    runs = {name: [sick(f"{name} {i}") for i in range(n)] for name, n in ((LONG, 1), ("other", 5))}
    known = [[d.run for d in group] for group in runs.values()]
    found = doctor.compare(*known, names=[*runs], outcome="val_loss")
    return beside.page(runs, found, f"fitdoctor compare {LONG}", LONG)


def mended_source():
    change = {"rule": "dropout_too_high", "code": "FD201", "line": 7, "sentence": LONG}
    made = Mend(reason=LONG, certain=False, diff=f"-{LONG}\n+x", **change)
    return mended.page(
        Mending(path=LONG, before=LONG, after="x", mends=(made,), verdict=proof("x"),
                unmended=(Unmended(why=LONG, **change),)),
        f"fitdoctor fix {LONG}",
    )  # fmt: skip


PAGES = {
    "diagnosis": lambda: html.render([sick()]),
    "long words": lambda: html.render([of_long_words()]),
    "long evidence": lambda: html.render([with_long_evidence()]),
    "several runs": lambda: html.render([sick(LONG), of_long_words(), sick(epochs=2000)]),
    "evaluation": lambda: html.render([sick()], evaluation=evaluation(4)),
    "thirty classes": lambda: html.render([sick()], evaluation=evaluation(30)),
    "a thousand classes": lambda: html.render([sick()], evaluation=evaluation(1000)),
    "audit": lambda: audit.page(audited(), LONG),
    "proof": lambda: html.render([sick()], [proof("overfitting"), proof("gone")]),
    "comparison": compared,
    "mended": mended_source,
}


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.quick] if n == "diagnosis" else []) for n in PAGES],
)
def test_page_in_a_browser(name, tmp_path, browser):
    frames, console = measured(PAGES[name](), tmp_path, browser)
    assert len(frames) == 2 * len(WIDTHS)
    assert console == []
    for frame in frames:
        assert frame["scrolls"] <= frame["width"], frame
        assert not frame["wide"], frame
        assert not frame["requests"]
        assert not frame["unnamed"]
        assert not frame["unreachable"]
        steps = np.diff([0, *frame["headings"]])
        assert frame["headings"].count(1) == 1
        assert steps.max() <= 1, frame["headings"]
        assert frame["taken"] == (frame["charts"] if frame["scripts"] == "on" else 0)
    if name in {"diagnosis", "evaluation", "proof"}:
        assert all(frame["cause"] < FOLD for frame in frames if frame["width"] == max(WIDTHS))


def test_the_measure_finds_what_is_wrong(tmp_path, browser):
    page = (
        "<!doctype html><meta name=viewport content='width=device-width'><h2>x</h2>"
        "<div style='width:900px'>wide</div><svg></svg><img src='https://example.org/x.png'>"
        "<script>console.error('broken')</script>"
    )
    frames, console = measured(page, tmp_path, browser)
    narrow = frames[0]
    assert narrow["scrolls"] > narrow["width"]
    assert narrow["wide"]
    assert narrow["unnamed"] == 2
    assert narrow["requests"]
    assert any("broken" in line for line in console)


@pytest.fixture
def shown(browser, tmp_path):
    """Return a function that opens a page from disk with a dark or light screen."""
    contexts = []

    def show(page, scheme="light", **settings):
        file = tmp_path / "report.html"
        file.write_text(page)
        context = browser.new_context(color_scheme=scheme, **settings)
        contexts.append(context)
        tab = context.new_page()
        tab.goto(file.as_uri())
        return tab

    yield show
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", ["proof", "evaluation", "audit", "comparison", "mended"])
def test_axe_finds_nothing_serious_in_light_and_dark(name, shown, grave):
    tab = shown(PAGES[name]())
    tab.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    assert grave(tab) == []
    tab.emulate_media(color_scheme="dark")
    assert grave(tab, "color-contrast") == []
    tab.evaluate("document.body.append(document.createElement('button'))")
    assert [id for id, _ in grave(tab)] == ["button-name"]


@pytest.mark.parametrize("scripts", [True, False])
def test_print_is_dark_on_white_and_leaves_nothing_folded(scripts, shown):
    tab = shown(PAGES["diagnosis"](), "dark", java_script_enabled=scripts)
    tab.wait_for_timeout(100)
    tab.emulate_media(media="print", color_scheme="dark")
    picture = Image.open(io.BytesIO(tab.screenshot(full_page=True))).convert("L")
    assert np.asarray(picture).max(axis=1).min() > 240, "a line of the page that is not white"
    assert min(picture.getextrema()) < 90
    folded = tab.locator("details:not([open]) table")
    assert folded.count() >= 2
    assert all(folded.nth(i).bounding_box()["height"] > 20 for i in range(folded.count()))
    curves = tab.locator(".drawing > svg")
    assert all(curves.nth(i).bounding_box() for i in range(curves.count()))
