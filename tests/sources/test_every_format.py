"""Each sample under samples/<format>/ must be read, and read the same as before."""

from pathlib import Path

import msgspec
import pytest

from fitdoctor.errors import UnreadableSourceError
from fitdoctor.sources import all_formats, read

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*/*"))
TEXT = {".txt", ".csv", ".json", ".log"}
REFUSED = {"pickled", "picture"}
READ = [p for p in SAMPLES if p.parent.name not in REFUSED]


def readers(format):
    """The module of a format's functions."""
    functions = (format.find, format.find_model, format.read_file, format.to_page)
    given = next(f for f in (*functions, format.read_folder) if f)
    return given.__module__.rpartition(".")[2]


@pytest.mark.parametrize("path", READ, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_reads_as_recorded(path, snapshot):
    assert [
        {
            "curves": {
                name: list(zip(c.epochs.tolist(), c.values.tolist(), strict=True))
                for name, c in sorted(run.curves.items())
            },
            "n_train": run.data and run.data.n_train,
            "n_val": run.data and run.data.n_val,
            "steps": run.data and run.data.steps_per_epoch,
            "seconds": run.data and run.data.seconds_per_epoch,
            "recipe": run.recipe and msgspec.to_builtins(run.recipe),
            "class_counts": run.data and run.data.class_counts,
        }
        for run in read(path)
    ] == snapshot


def test_every_format_has_a_sample():
    assert {readers(f) for f in all_formats()} == {p.parent.name for p in SAMPLES}


@pytest.mark.parametrize(
    "path", [p for p in SAMPLES if p not in READ], ids=lambda p: f"{p.parent.name}-{p.suffix}"
)
def test_what_is_refused_says_why_and_what_to_bring(path):
    with pytest.raises(UnreadableSourceError, match=r"history\.history"):
        read(path)


@pytest.mark.parametrize(
    "path",
    [p for p in READ if p.is_file() and p.suffix in TEXT],
    ids=lambda p: f"{p.parent.name}-{p.stem}",
)
def test_only_its_own_format_reads_it(path):
    from fitdoctor.sources._text import read_lines

    lines = read_lines(path)
    speaks = {
        f.find.__module__.rpartition(".")[2] for f in all_formats() if f.find and f.find(lines)
    }
    assert not speaks or path.parent.name in speaks
    assert len(read(path)) == (2 if "two_runs" in path.stem else 1)
