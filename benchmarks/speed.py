"""How fast a diagnosis starts, as a ratio to importing the numeric libraries, interleaved."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 9


def hundred_epochs() -> str:
    rows = []
    for e in range(1, 101):
        loss, val = 1.3 * 0.97**e + 0.05, 1.3 * 0.975**e + 0.2 + 0.01 * (e % 7) / 7
        rows.append(f"Epoch {e}/100")
        rows.append(
            f"187/187 [==============================] - 9s 50ms/step - loss: {loss:.4f} - "
            f"accuracy: {1 - loss / 2:.4f} - val_loss: {val:.4f} - val_accuracy: {1 - val / 2:.4f}"
        )
    return "\n".join(rows)


def fifty_megabytes(end: str) -> bytes:
    """A console log of progress by batch; `end` is what stands after each state of the bar."""
    epochs, parts, size = 0, [], 0
    while size < 50_000_000:
        epochs += 1
        states = "".join(
            f"{i:4d}/2000 [{'=' * (i * 30 // 2000)}>{'.' * (30 - i * 30 // 2000)}] - ETA: "
            f"{2000 - i}s - loss: {1 / epochs:.4f} - acc: {1 - 1 / (2 + epochs):.4f}{end}"
            for i in range(1, 2000)
        )
        last = f"2000/2000 [{'=' * 30}] - 40s 20ms/step - loss: {1 / epochs:.4f} - acc: 0.9000 - "
        parts.append(f"Epoch {epochs}/400\n{states}{last}val_loss: 0.5000 - val_acc: 0.8000\n")
        size += len(parts[-1])
    return "".join(parts).encode()


def reading() -> None:
    """Print how fast long logs are read, by processor time, and how much memory that takes."""
    code = (
        "import resource, sys, time; from fitdoctor import sources; sources.all_formats();"
        "t = time.process_time(); runs = sources.read(sys.argv[1]);"
        "print(time.process_time() - t, len(runs[0].curves['loss']),"
        "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    with tempfile.TemporaryDirectory() as home:
        for name, end in (("carriage returns", "\r"), ("one line a batch", "\n")):
            log = Path(home) / "long.log"
            log.write_bytes(fifty_megabytes(end))
            done = subprocess.run(
                [sys.executable, "-c", code, str(log)], capture_output=True, check=True
            )
            seconds, epochs, memory = (float(x) for x in done.stdout.split())
            rate = log.stat().st_size / 1e6 / seconds
            print(f"50 MB log, {name:18} {rate:.0f} MB/s  {epochs:.0f} epochs  {memory:.0f} MB")


def main() -> None:
    reading()
    with tempfile.TemporaryDirectory() as home:
        log = Path(home) / "train.log"
        log.write_text(hundred_epochs())
        commands = {
            "import numpy": ["-c", "import numpy"],
            "import fitdoctor": ["-c", "import fitdoctor"],
            "fitdoctor diagnose, 100 epochs": ["-m", "fitdoctor", "diagnose", str(log)],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, arguments in commands.items():
                began = time.perf_counter()
                subprocess.run([sys.executable, *arguments], capture_output=True, check=False)
                times[name].append(time.perf_counter() - began)
    base = statistics.median(times["import numpy"])
    for name, seconds in times.items():
        median = statistics.median(seconds)
        print(f"{name:34} {median:.3f} s  {median / base:.2f} x")


if __name__ == "__main__":
    main()
