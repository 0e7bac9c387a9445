"""What holds for the house as a whole."""

import ast
import inspect
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import fitdoctor
from benchmarks import startup
from fitdoctor.cli import main
from fitdoctor.errors import UnreadableSourceError
from fitdoctor.records.run import Run, curve

ROOT = Path(__file__).parents[1]
HEAVY = ("keras", "tensorflow", "jax", "torch", "scipy", "PIL", "libcst")


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_import_loads_neither_keras_nor_a_backend():
    done = python(f"import fitdoctor, sys; print([m for m in {HEAVY} if m in sys.modules])")
    assert done.stdout.strip() == "[]"


def test_diagnose_loads_neither_keras_nor_a_backend(tmp_path):
    sample = Path(__file__).parent / "sources/samples/keras_console/keras2_generator.txt"
    done = python(
        f"import sys; from fitdoctor.cli import main; main(['diagnose', {str(sample)!r}]); "
        f"print([m for m in {HEAVY} if m in sys.modules])"
    )
    assert done.stdout.strip().endswith("[]"), done.stderr


def test_whatever_is_imported_first_takes_keras_from_where_it_is_started_quietly():
    home = Path(fitdoctor.__file__).parent / "training"
    loud = {"keras", "tensorflow", "jax", "torch"}
    direct = {}
    for path in set(home.rglob("*.py")) - {home / "started.py"}:
        body = ast.parse(path.read_text()).body
        names = {a.name for n in body if isinstance(n, ast.Import) for a in n.names}
        names |= {n.module or "" for n in body if isinstance(n, ast.ImportFrom)}
        direct[path.name] = {name.partition(".")[0] for name in names} & loud
    assert len(direct) > 30
    assert not any(direct.values()), direct


@pytest.mark.slow
def test_diagnose_starts_about_as_fast_as_numpy_and_scipy_special():
    """The benchmark holds 1.5 over fifteen rounds; over three a busy machine may add some."""
    assert any(max(startup.measured(3).values()) < 2 for _ in range(3))


def test_every_public_name_is_there():
    assert all(getattr(fitdoctor, name) for name in fitdoctor.__all__ if name != "Recorder")
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = fitdoctor.nonsense
    assert dir(fitdoctor) == sorted([*fitdoctor.__all__, "__version__"])
    assert (Path(fitdoctor.__file__).parent / "py.typed").is_file()


@pytest.mark.xdist_group("keras")
def test_public_functions_are_typed_and_say_what_they_return():
    for name in fitdoctor.__all__:
        found = getattr(fitdoctor, name)
        if inspect.isfunction(found):
            assert "return" in found.__annotations__, name
            assert len((found.__doc__ or "").splitlines()) > 1, name


def test_records_have_a_short_repr():
    run = Run(name="mine", curves={"loss": curve([2.0, 1.0]), "val_accuracy": curve([0.5, 0.75])})
    assert repr(run) == "<Run 'mine': 2 epochs; val_accuracy 0.75>"
    assert repr(Run()) == "<Run 'run': nothing known>"
    known = fitdoctor.diagnose({"loss": [1.1] * 12, "val_loss": [1.1] * 12})
    assert repr(known).startswith(f"<Diagnosis of 'run': {known.verdict}; ")
    assert len(repr(known)) < 200


@pytest.mark.parametrize(
    "wrong",
    [3, None, ["a", "b"], {"loss": ["a", "b"]}, {"loss": 0.5}, {"loss": None}, {"loss": [[1, 2]]},
     {"val_loss": [1.0, "NaN?"]}, {"loss": "falling"}],
)  # fmt: skip
def test_what_is_no_training_is_refused_by_name(wrong):
    with pytest.raises(UnreadableSourceError) as caught:
        fitdoctor.diagnose(wrong)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(
        next(iter(wrong)) if isinstance(wrong, dict) else "cannot diagnose"
    )


def test_the_layers_in_architecture_md_are_those_enforced():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = settings["contracts"][0]["layers"]
    assert "\n".join(layers) in (ROOT / "ARCHITECTURE.md").read_text()


def test_requirements_are_hashed_and_name_no_index():
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text()
        assert "--hash=sha256:" in text
        assert "index-url" not in text.replace("--no-emit-index-url", "")
        assert "://" not in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["diagnose", "nowhere.log"], "no such file"),
        (["diagnose", "x", "--nonsense"], "unrecognized arguments"),
        (["explain", "nonsense"], "no such rule"),
        ([], "required"),
    ],
)
def test_mistakes_are_one_line_and_status_2(arguments, message, capsys):
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.startswith("fitdoctor: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("arguments", [["-V"], ["--version"]])
def test_the_version_is_printed(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"{fitdoctor.__version__}\n"


def test_quiet_leaves_results_and_errors(tmp_path, capsys):
    log, page = tmp_path / "a.csv", tmp_path / "a.html"
    log.write_text("epoch,loss,val_loss\n" + "".join(f"{i},{1 / i},{i}\n" for i in range(1, 20)))
    arguments = ["diagnose", str(log), "--html", str(page)]
    status = main(arguments)
    loud = capsys.readouterr()
    assert loud.err == f"\nreport: {page}\n"
    for quiet in ([*arguments, "-q"], ["--quiet", *arguments]):
        assert main(quiet) == status
        said = capsys.readouterr()
        assert (said.out, said.err) == (loud.out, "")
    assert main(["-q", "diagnose", "nowhere.log"]) == 2
    assert "no such file" in capsys.readouterr().err


def test_explain_prints_the_page(capsys):
    assert main(["explain", "dropout_too_high"]) == 0
    assert "## How it is measured" in capsys.readouterr().out


def test_rule_pages_are_up_to_date():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.docs", "--check"], cwd=ROOT, check=False
    )
    assert done.returncode == 0, "run: make docs"


@pytest.mark.slow
def test_a_quick_run_takes_the_same_part_of_large_families_and_all_of_small_ones():
    def collected(*options):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider",
             *options, "tests/test_interview.py"],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return [line for line in done.stdout.splitlines() if "::" in line]

    whole, quick = collected(), collected("--quick")
    assert quick == collected("--quick")
    large, small = ([n for n in quick if ("[" in n) == many] for many in (True, False))
    assert 0 < len(large) < len(whole) / 4
    assert small == [n for n in whole if "[" not in n]
