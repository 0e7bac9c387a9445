"""Wheels: what is compiled is tagged for its platform, all else for all."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("hatchling")
ROOT = Path(__file__).parents[1]
COMPILER = shutil.which("cc") or shutil.which("gcc")
LIBRARY = "fitdoctor/images/rows.so"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a copy without version control, with a library that somebody left behind."""
    home = tmp_path_factory.mktemp("project")
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, home)
    ignored = shutil.ignore_patterns("__pycache__", "*.so")
    shutil.copytree(ROOT / "src", home / "src", ignore=ignored)
    (home / "src" / LIBRARY).write_text("stale")
    return home


def built(project, folder, **environment):
    """Return the tag, whether the wheel says it is pure, and the library in it."""
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=project, env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
        (about,) = (n for n in names if n.endswith(".dist-info/WHEEL"))
        facts = dict(line.split(": ", 1) for line in wheel.read(about).decode().splitlines())
        library = wheel.read(LIBRARY) if LIBRARY in names else None
        assert "fitdoctor/py.typed" in names
    assert path.stem.endswith(facts["Tag"])
    return facts["Tag"], facts["Root-Is-Purelib"] == "true", library


@pytest.mark.parametrize("environment", [{"FITDOCTOR_PURE": "1"}, {"CC": "false"}])
def test_a_wheel_without_the_library_is_for_every_platform(project, tmp_path, environment):
    assert built(project, tmp_path, **environment) == ("py3-none-any", True, None)
    assert (project / "src" / LIBRARY).read_text() == "stale", "the source tree is left alone"


@pytest.mark.skipif(COMPILER is None, reason="no C compiler")
def test_a_wheel_with_the_library_is_for_its_platform(project, tmp_path):
    tag, pure, library = built(project, tmp_path, FITDOCTOR_PURE="0")
    assert tag.startswith("py3-none-")
    assert tag != "py3-none-any"
    assert not pure
    assert library not in {None, b"stale"}
