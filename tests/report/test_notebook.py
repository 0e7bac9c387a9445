"""What notebooks show: short, escaped, and the same facts as the text."""

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from msgspec.structs import replace

from fitdoctor import doctor
from fitdoctor.images.audit import Audit
from fitdoctor.records.display import as_html
from fitdoctor.records.estimate import Estimate
from fitdoctor.records.experiment import Experiment, Trial, Verdict
from fitdoctor.records.finding import Evidence, Prescription
from fitdoctor.records.image_finding import ImageFinding
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import Run, curve
from fitdoctor.report import audit as _audit  # noqa: F401 - registers
from fitdoctor.report import notebook as _notebook  # noqa: F401 - registers

HOSTILE = "</table><script>alert(1)</script><img src=x onerror=alert(2)>\"'{{ 7 * 7 }}"
MOST_BYTES = 30_000


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.words, self.open = set(), [], []
        self.attributes = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in {"polyline", "img", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag != "polyline":
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def run(name="mine"):
    return Run(
        name=name,
        curves={
            "loss": curve([1.0, 0.5, float("nan"), 0.25]),
            "val_loss": curve([1.0, 1.2, 1.4, float("inf")]),
            "accuracy": curve([0.3, 0.6]),
        },
    )


def diagnosis(name="mine", sentence="weights are wrong"):
    found = doctor.examine(
        replace(run(name), curves={"loss": curve([1.1] * 12), "val_loss": curve([1.1] * 12)})
    )
    seen = Evidence(sentence=sentence, line=7)
    symptoms = tuple(replace(s, evidence=(seen,)) for s in found.symptoms)
    assert symptoms
    causes = tuple(replace(c, evidence=(seen,), advice=sentence, remedies=()) for c in found.causes)
    return replace(found, symptoms=symptoms, causes=causes)


def verdict(sentence="it helps"):
    trials = tuple(
        Trial(
            cause="c", intervention="i", arm=arm, seed=seed, outcome=0.5 + 0.1 * (arm != "control"),
            seconds=1.0, failure=sentence if seed == 1 else None,
        )
        for seed in range(30) for arm in ("control", "treated")
    )  # fmt: skip
    return Verdict(
        experiment=Experiment(
            cause="c", control=Recipe(), treated=Recipe(), pairs=30,
            prescription=Prescription(intervention="i", arguments={}, sentence=""),
        ),
        trials=trials, pairs=30, effect=Estimate(0.1, 0.05, 0.15), level=0.95, decision="helps",
        pairs_needed=None, sentence=sentence,
    )  # fmt: skip


def audit(name="cats", found="blank"):
    finding = ImageFinding(rule="odd_image_sizes", files=(f"{name}/1.png",), sentence=found)
    return Audit(
        root=Path(name), images=3, classes={name: {"train": 2, "val": 1}}, findings=(finding,),
        facts=(), checked=(),
    )  # fmt: skip


@pytest.mark.parametrize(
    "record", [run(), diagnosis(), verdict(), audit()], ids=lambda r: type(r).__name__
)
def test_a_record_is_shown_short_and_whole(record):
    shown = record._repr_html_()
    page = Page(shown)
    assert not page.open
    assert len(shown) < MOST_BYTES
    assert "style" in page.attributes
    assert not page.tags & {"script", "style", "link", "img", "iframe"}


def test_a_run_shows_its_ends_and_what_is_left_out():
    words = "".join(Page(run()._repr_html_()).words)
    assert "training, as logged 0.25" in words
    assert "validation 1.4" in words
    assert "2 values that are no finite number are not drawn" in words


def test_a_diagnosis_shows_what_was_seen_and_where():
    words = "".join(Page(diagnosis()._repr_html_()).words)
    assert words.startswith("Problem found: ")
    assert "weights are wrong (line 7)" in words


def test_an_experiment_shows_its_pairs():
    words = "".join(Page(verdict()._repr_html_()).words)
    assert "+0.100, 95 % interval +0.050 to +0.150" in words
    assert "0.500 (failed)" in words
    assert "and 10 more pairs" in words


@pytest.mark.parametrize(
    "record",
    [run(HOSTILE), diagnosis(HOSTILE, HOSTILE), verdict(HOSTILE), audit(HOSTILE, HOSTILE)],
    ids=lambda r: type(r).__name__,
)
def test_hostile_names_stay_words(record):
    shown = record._repr_html_()
    page = Page(shown)
    assert not page.open
    assert not page.tags & {"script", "img"}
    assert not any(name.startswith("on") for name in page.attributes)
    assert "alert(1)" in "".join(page.words)


def test_numbers_at_the_ends_of_floats_are_drawn():
    ends = Run(curves={"loss": curve([-1.7e308, 1.7e308, 0.0])})
    assert "nan" not in ends._repr_html_()
    assert "inf" not in ends._repr_html_()


def test_what_nothing_is_registered_for_has_its_repr():
    assert as_html(object()) is None


def test_the_package_alone_registers():
    code = (
        "import fitdoctor as fd\n"
        "assert 'Problem found' in fd.diagnose({'loss': [1.1] * 12})._repr_html_()\n"
        "assert '<strong>x' in fd.Run(name='x')._repr_html_()\n"
        "import sys\n"
        "assert 'jinja2' not in sys.modules and 'PIL' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
