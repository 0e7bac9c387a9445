"""Every command of the site and of the README is run, in the order in which a reader would."""

import contextlib
import io
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from fitdoctor import extras
from fitdoctor.cli import main
from fitdoctor.cli.parser import parse, parser
from fitdoctor.stats.sequential import LOOKS
from tests.docs.pages import DOCS, PAGES, ROOT, is_slow, steps

README = ROOT / "README.md"


def drawn_photos(home):
    """Draw two kinds of images: with a bright bar that lies, and with one that stands."""
    rng = np.random.default_rng(0)
    for kind in ("lying", "standing"):
        (home / "photos" / kind).mkdir(parents=True)
        for number in range(30):
            pixels = rng.integers(0, 120, (48, 48, 3), dtype=np.uint8)
            at = int(rng.integers(4, 40))
            pixels[
                (slice(at, at + 5), ...) if kind == "lying" else (slice(None), slice(at, at + 5))
            ] += 110
            Image.fromarray(pixels).save(home / "photos" / kind / f"{number}.png")


def executed(words):
    """Return exit status and output of a command, in this process where it is ours."""
    if words[0] == "python":
        done = subprocess.run(
            [sys.executable, *words[1:]], capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr
    assert words[0] == "fitdoctor", words
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
        status = main(words[1:])
    return status, shown.getvalue()


def case(path):
    name = str(path.relative_to(DOCS).with_suffix(""))
    marks = [pytest.mark.slow] if is_slow(path.read_text()) else []
    return pytest.param(path, id=name, marks=marks)


@pytest.mark.parametrize("path", [case(path) for path in PAGES])
def test_a_page_does_what_it_says(path, tmp_path, monkeypatch):
    text = path.read_text()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    if "photos" in text:
        drawn_photos(tmp_path)
    for step in steps(text):
        if step.file:
            target = tmp_path / step.file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(step.content)
            continue
        output = ""
        for words in step.commands:
            if words[1] in {"serve", "mcp"} and "--skill" not in words:
                parse(words[1:])  # servers have tests of their own
                continue
            status, shown = executed(words)
            assert status in {0, 1}, f"{' '.join(words)}\n{shown}"
            output += shown
        flat = re.sub(r"\s+", " ", output)
        for line in step.shown:
            assert re.sub(r"\s+", " ", line) in flat, f"not in the output: {line}\n{output}"


def test_every_page_is_reached_and_every_command_has_a_page():
    listed = set(re.findall(r"^(?:[\w-]+/)*[\w-]+$", (DOCS / "index.md").read_text(), re.MULTILINE))
    names = {str(path.relative_to(DOCS).with_suffix("")) for path in PAGES} - {"index"}
    assert names <= listed
    whole = "".join(path.read_text() for path in [*PAGES, README])
    (commands,) = (a.choices for a in parser()._actions if getattr(a, "choices", None))
    assert not [name for name in commands if f"fitdoctor {name}" not in whole]


def test_what_the_readme_calls_is_understood():
    blocks = re.findall(r"^```\w*\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)
    for line in re.findall(r"^fitdoctor .*$", "".join(blocks), re.MULTILINE):
        words = line.partition("  #")[0].split()[1:]
        parse([word.replace("...", "x").strip("'") for word in words])
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    called = re.findall(r"(?:^|`)make ([\w-]+)", README.read_text(), re.MULTILINE)
    assert len(called) >= 3
    assert set(called) <= set(targets)
    for code in re.findall(r"^```python\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL):
        compile(code, "README.md", "exec")


def test_figures_of_the_readme_are_those_of_the_page():
    told = [
        row for row in README.read_text().splitlines() if row.startswith("| ") and "|---" not in row
    ]
    page = (DOCS / "how-often-right.md").read_text().splitlines()
    shared = [
        row for row in told[told.index("| input | result |") :] if row != "| input | result |"
    ]
    assert shared
    assert set(shared) <= set(page)


def test_links_lead_to_what_is_there():
    for path in [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *PAGES]:
        for target in re.findall(r"\]\(([^)#\s]+)", path.read_text()):
            if not target.startswith(("http://", "https://", "mailto:")):
                assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_code_that_is_shown_and_not_run_is_code():
    shown = 0
    for path in PAGES:
        for code in re.findall(
            r"^```python\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL
        ):
            compile(code, path.name, "exec")
            shown += 1
    assert shown


def test_numbers_that_the_code_holds_are_those_of_the_pages():
    looks = ", ".join(map(str, LOOKS[:5]))
    assert f"judged at {looks} …" in (DOCS / "explanation" / "experiments.md").read_text()
    for extra in extras.PACKAGES:
        assert f"fitdoctor[{extra}]" in (DOCS / "index.md").read_text()
        assert f"`{extra}`" in README.read_text()


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path):
    pytest.importorskip("sphinx")
    pytest.importorskip("myst_parser")
    pytest.importorskip("furo")
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", DOCS, tmp_path / "site"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made = {str(page.relative_to(tmp_path / "site")) for page in tmp_path.rglob("*.html")}
    assert {"index.html", "tutorial.html", "rules/overfitting.html", "search.html"} <= made
    outside = re.compile(r"<(?:script|link|img)[^>]+(?:src|href)=\"https?://")
    for page in tmp_path.rglob("*.html"):
        assert not outside.search(page.read_text()), f"{page.name} loads something from elsewhere"
