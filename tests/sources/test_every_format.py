"""Each sample under samples/<format>/ must be read, and read the same as before."""

from pathlib import Path

import pytest

from fitdoctor.sources import all_formats, read

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*/*"))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: f"{p.parent.name}-{p.stem}")
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
        }
        for run in read(path)
    ] == snapshot


def test_every_format_has_a_sample():
    readers = {(f.find or f.read_folder).__module__.rpartition(".")[2] for f in all_formats()}
    assert readers == {p.parent.name for p in SAMPLES}


@pytest.mark.parametrize(
    "path", [p for p in SAMPLES if p.is_file()], ids=lambda p: f"{p.parent.name}-{p.stem}"
)
def test_only_its_own_format_reads_it(path):
    from fitdoctor.sources._text import read_lines

    lines = read_lines(path)
    speaks = {
        f.find.__module__.rpartition(".")[2] for f in all_formats() if f.find and f.find(lines)
    }
    assert path.parent.name in speaks
    assert len(read(path)) == (2 if "two_runs" in path.stem else 1)
