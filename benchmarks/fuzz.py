"""Fuzzes every reader with coverage-guided inputs: `python -m benchmarks.fuzz SECONDS [KIND]`.

KIND is text (logs, pages, code), file (models, events, notebooks, by their first bytes) or both.
Anything but a Run or an `UnreadableSourceError`, and anything slower than five seconds, is a
failure; the input that did it is written to `fuzz-crash`.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "tests" / "sources" / "samples"
SHARED = Path(os.environ.get("FITDOCTOR_ASSETS", ROOT.parent / "shared"))
SUFFIXES = ("a.txt", "a.keras", "a.h5", "a.ipynb", "events.out.tfevents.1.h", "a.pkl", "a.json")
LONGEST = 5.0


def seeds(kind: str) -> list[bytes]:
    """Return what the fuzzer starts from: every sample, and the shared pages where they are."""
    files = [p for p in SAMPLES.rglob("*") if p.is_file()]
    if kind == "text":
        pages = [*SHARED.glob("cases/pages/*.txt"), *SHARED.glob("seeds/*")]
        files = [p for p in (*files, *pages) if p.suffix in {".txt", ".csv", ".log", ".json"}]
    # A prefix byte chooses the file's name, so the fuzzer can change that as well.
    return [
        bytes([next((i for i, n in enumerate(SUFFIXES) if p.name.endswith(n[1:])), 0)])
        + p.read_bytes()[:30_000]
        for p in files
    ]


def one(data: bytes) -> None:
    """Read and examine one input, as `fitdoctor diagnose` would."""
    from fitdoctor import doctor
    from fitdoctor.errors import FitdoctorError
    from fitdoctor.records.finding import Crashed
    from fitdoctor.report import json, table, text

    with tempfile.TemporaryDirectory() as home:
        path = Path(home) / SUFFIXES[data[0] % len(SUFFIXES) if data else 0]
        path.write_bytes(data[1:])
        started = time.perf_counter()
        refused = ""
        try:
            diagnoses = doctor.diagnose_all(path)
        except FitdoctorError as error:
            refused = str(error)
        else:
            for diagnosis in diagnoses:
                crashed = [o for o in diagnosis.outcomes if isinstance(o, Crashed)]
                assert not crashed, crashed
                text.render(diagnosis, width=100, colour=False)
                table.render(diagnosis.run)
            json.render(diagnoses)
        assert "\n" not in refused, "a message of several lines"
        took = time.perf_counter() - started
        assert took < LONGEST, f"took {took:.1f} s for {len(data)} bytes"


def guided(seconds: int, kind: str) -> None:
    """Let atheris mutate the seeds, guided by coverage of the readers."""
    import atheris

    with atheris.instrument_imports(include=["fitdoctor"]):
        import fitdoctor.doctor
        import fitdoctor.sources

        fitdoctor.sources.all_formats()
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds(kind)):
            (Path(corpus) / str(number)).write_bytes(seed)
        options = [f"-max_total_time={seconds}", "-max_len=40000", "-timeout=20", "-verbosity=0",
                   f"-artifact_prefix={ROOT}/fuzz-crash-", "-print_final_stats=1"]  # fmt: skip
        atheris.Setup([sys.argv[0], *options, corpus], one)
        atheris.Fuzz()


def spliced(seconds: int, kind: str) -> int:
    """Without atheris: cut and splice the seeds at random. Returns how many inputs were tried."""
    rng = random.Random(0)
    corpus = seeds(kind)
    tried, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        one(mutated(rng, corpus))
        tried += 1
    return tried


def mutated(rng: random.Random, corpus: list[bytes]) -> bytes:
    """Return a seed with lines moved, numbers changed, bytes flipped, or another spliced in."""
    data = bytearray(rng.choice(corpus))
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(6):
            case 0:
                data[at : at + rng.randint(1, 40)] = b""
            case 1:
                other = rng.choice(corpus)
                start = rng.randrange(len(other) + 1)
                data[at:at] = other[start : start + rng.randint(1, 400)]
            case 2 if data:
                data[min(at, len(data) - 1)] = rng.randrange(256)
            case 3:
                data[at:at] = rng.choice(ODD)
            case 4:
                lines = data.split(b"\n")
                rng.shuffle(lines)
                data = bytearray(b"\n".join(lines))
            case _:
                data[at:at] = bytes(data[at : at + 200]) * rng.randint(1, 5)
    return bytes(data)


ODD = (
    b"nan", b"-inf", b"1e999", b"9" * 40, b"-1", b"0/0", b"99999999999/1", b"{", b"[" * 300, b"(",
    b"\x00", b"\r", b"\x1b[31m", "\u0661".encode(), "\u00b2".encode(), b"Epoch 999999/1\n", b"1,5",
    b"loss: ", b"lambda: ", b"def f(", b"**", b'"""', b"\xff\xfe", b"1.2.3", b"epoch,loss\n1,2\n",
)  # fmt: skip


def main() -> int:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 600
    kinds = sys.argv[2:] or ["text", "file"]
    if len(kinds) > 1:
        # libFuzzer ends the process, so that each kind gets one of its own.
        each = [sys.executable, "-m", "benchmarks.fuzz", str(seconds // len(kinds))]
        return max(subprocess.run([*each, kind], check=False).returncode for kind in kinds)
    try:
        import atheris  # noqa: F401
    except ImportError:
        signal.alarm(seconds + 60)
        print(f"{spliced(seconds, kinds[0])} spliced inputs of kind {kinds[0]}, no failure")
        return 0
    guided(seconds, kinds[0])
    return 0


if __name__ == "__main__":
    sys.exit(main())
