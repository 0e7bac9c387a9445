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


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        log = Path(home) / "train.log"
        log.write_text(hundred_epochs())
        commands = {
            "import numpy, scipy.special": ["-c", "import numpy, scipy.special"],
            "import fitdoctor": ["-c", "import fitdoctor"],
            "fitdoctor diagnose, 100 epochs": ["-m", "fitdoctor", "diagnose", str(log)],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, arguments in commands.items():
                began = time.perf_counter()
                subprocess.run([sys.executable, *arguments], capture_output=True, check=False)
                times[name].append(time.perf_counter() - began)
    base = statistics.median(times["import numpy, scipy.special"])
    for name, seconds in times.items():
        median = statistics.median(seconds)
        print(f"{name:34} {median:.3f} s  {median / base:.2f} x")


if __name__ == "__main__":
    main()
