"""Few packages come with this one, each is used, and none is used without being declared."""

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import fitdoctor
from benchmarks import startup

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
MODULES = {"pillow": "PIL", "tensorflow-cpu": "tensorflow", "markdown-it-py": "markdown_it",
           "mlflow-skinny": "mlflow"}  # fmt: skip
"""Distribution -> what it is imported as, where that is another name."""
THROUGH_ANOTHER = {"tomli-w", "python-multipart"}
"""msgspec writes TOML through the one, starlette reads forms through the other."""
SOMEBODY_ELSES = {
    "ipywidgets",
    "IPython",
    "jax",
    "torch",
    "torchvision",
    "tensorboard",
    "mcp_types",
    "ai_edge_litert",
    "anyio",
}
"""What a user chose, met only where it is installed; anyio is part of starlette's interface."""
MOST_PACKAGES = 12


def name_of(requirement):
    return re.match(r"[A-Za-z0-9-]+", requirement)[0].lower()


def module_of(requirement):
    name = name_of(requirement)
    return MODULES.get(name, name.replace("-", "_"))


SAYS_IMPORT = re.compile(r"^ *(?:from (\w+)[\w.]* import |import (\w+))", re.MULTILINE)


def imported():
    """Return the third-party modules that the package imports, and where.

    A file is parsed only where a line begins as an import of what no other was seen to import.
    """
    found = {}
    ours = {*sys.stdlib_module_names, "fitdoctor"}
    for path in (ROOT / "src").rglob("*.py"):
        text = path.read_text()
        if not {"".join(names) for names in SAYS_IMPORT.findall(text)} - ours - found.keys():
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            else:
                continue
            for root in {name.partition(".")[0] for name in names} - ours:
                found.setdefault(root, path)
    return found


def test_all_that_is_imported_is_declared_and_all_that_is_declared_is_imported():
    extras = PROJECT["optional-dependencies"]
    declared = [*PROJECT["dependencies"], *(r for extra in extras.values() for r in extra)]
    found = imported()
    undeclared = found.keys() - {module_of(r) for r in declared} - SOMEBODY_ELSES
    assert not undeclared, {name: found[name] for name in undeclared}
    core = {module_of(r) for r in PROJECT["dependencies"] if name_of(r) not in THROUGH_ANOTHER}
    assert core <= found.keys()


def closure(requirements):
    """Return all packages that come with these, as this environment knows them."""
    waiting, found = [name_of(r) for r in requirements], set()
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        further = importlib.metadata.requires(name) or []
        waiting += [
            name_of(r) for r in further if "extra ==" not in r and "python_version <" not in r
        ]
    return found


def test_few_packages_come_with_the_core():
    assert len(closure(PROJECT["dependencies"])) <= MOST_PACKAGES


def test_the_version_stands_the_same_everywhere():
    version = PROJECT["version"]
    assert fitdoctor.__version__ == version
    assert f"## {version} " in (ROOT / "CHANGELOG.md").read_text()
    hook = (ROOT / "docs" / "how-to" / "ci.md").read_text()
    assert set(re.findall(r"(?:rev: |@)v([0-9.]+[0-9])", hook)) == {version}


def test_a_diagnosis_does_not_load_what_takes_long_and_is_not_needed(tmp_path):
    page = tmp_path / "page.txt"
    page.write_text(startup.QUESTION + startup.LOG)
    code = (
        "import sys; from fitdoctor import doctor; from fitdoctor.report import text\n"
        f"text.render(doctor.diagnose({str(page)!r}))\n"
        "print({'numpy.ma', 'jinja2', 'PIL', 'scipy', 'keras'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
