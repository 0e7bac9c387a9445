"""What a script would fill memory with, or count without end, is never made here.

Each text is read in a process of its own that may take so much memory and time, and no more.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from fitdoctor.code.array_functions import FUNCTIONS
from fitdoctor.code.bundled import LOADERS, MAKERS

SOURCE = Path(__file__).parents[2] / "src"
MOST_BYTES, MOST_SECONDS, MOST_OF_ALL = 300_000_000, 15, 60
"""Above what the imports take; seconds of the processor for a text, and for all of a process."""
READ = f"""
import resource, sys, time
sys.path.insert(0, {str(SOURCE)!r})
from fitdoctor.code import read_script
from fitdoctor.sources import all_formats
read_script("import numpy as np\\nx = np.eye(3)\\nmodel.fit(x, x)")
texts = sys.stdin.read().split("\\0")
base = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (base + {MOST_BYTES},) * 2)
resource.setrlimit(resource.RLIMIT_CPU, ({MOST_OF_ALL},) * 2)
for text in texts:
    for _ in range(3):  # a busy machine takes longer, once
        begin = time.process_time()
        read_script(text, "a.py")
        taken = time.process_time() - begin
        if taken <= {MOST_SECONDS}:
            break
    else:
        sys.exit(f"{{taken:.1f}} s: {{text[-200:]}}")
"""
HUGE = (
    "30000", "10**30", "(10**6,) * 4", "[10**6] * 10**6", "np.ones((1, 10**6))",
    "[np.ones(10**6)] * 1000", "range(10**12)", "-1",
)  # fmt: skip
KEYWORDS = (
    "size=(10**5, 10**5)", "shape=(10**6, 10**6)", "num=10**10", "num_classes=10**7", "M=10**9",
    "repeats=10**9", "n_features=10**9", "n_targets=10**7", "n_classes=10**8", "axis=10**9",
)  # fmt: skip
PREAMBLE = (
    "import numpy as np\nfrom keras import Sequential\nm = Sequential()\nm.compile('sgd', 'mse')\n"
)


def read(*texts: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", READ],
        input="\0".join(texts), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:] or done.returncode


def of(name: str) -> list[str]:
    calls = [f"np.{name}({one})" for one in HUGE]
    calls += [f"np.{name}({one}, {HUGE[i - 3]})" for i, one in enumerate(HUGE)]
    calls += [f"np.{name}(30000, {keyword})" for keyword in KEYWORDS]
    calls += [f"np.ones((1000, 1000)).{name}({one})" for one in HUGE[:3]]
    return [f"{PREAMBLE}x = {call}\nm.fit(x, x)" for call in calls]


NAMES = sorted({*FUNCTIONS, *LOADERS, *MAKERS})


@pytest.mark.slow
@pytest.mark.costly
@pytest.mark.parametrize("names", [NAMES[i::12] for i in range(12)], ids=lambda names: names[0])
def test_no_function_is_worked_out_beyond_the_budget(names: list[str]):
    read(*(text for name in names for text in of(name)))


OPERATIONS = {
    "powers": "x = 3\nfor i in range(64):\n    x = x * x\nx = x ** x",
    "towers": "x = 10 ** 10 ** 10 ** 10",
    "products": "x = np.ones((10**6, 1)) @ np.ones((1, 10**6))",
    "batches": "x = np.ones((1000, 1, 1000)) @ np.ones((1, 1000, 1000, 1))",
    "sums": "x = np.ones((10**6, 1)) + np.ones((1, 10**6))",
    "chosen": "x = np.ones((1, 10**6))[np.zeros(10**6)]",
    "lists": "x = [0]" + "".join("\nx = [x, x]" for _ in range(70)),
    "repeated": "x = [0]" + "".join("\nx = [x] * 40" for _ in range(12)),
    "tuples": "x = (1, 2)" + "".join("\nx = (x, x, x)" for _ in range(60)),
    "dictionaries": "x = 1" + "".join("\nx = {'a': x, 'b': x}" for _ in range(60)),
    "itself": "x = []\nx.append(x)\nx.append([x, x])",
    "appended": "x = [1]" + "".join("\nx.append(list(x))\nx.append(x)" for _ in range(60)),
    "ranges": "for i in range(10 ** 30):\n    x = len(range(10 ** 30))",
    "rounds": "x = [[[[[[a for a in range(64)] for b in range(64)] for c in range(64)]"
    " for d in range(64)] for e in range(64)] for f in range(64)]",
    "functions": "f = lambda x: x\n" + "\n".join(
        f"f{i} = lambda x: " + " + ".join([f"f{i - 1}(x)"] * 40)
        for i in range(1, 8)) + "\nx = f7(1)",
    "grown": "def f():\n    made = []\n    for i in range(10**6):\n        made.append(i)\n"
    "    return made\nx = np.array(f())",
    "digits": "x = " + "9" * 6000,
    "text": "x = 'a' * 10 ** 10\ny = f'{x}' * 10 ** 9",
}  # fmt: skip


@pytest.mark.costly
@pytest.mark.parametrize("text", OPERATIONS.values(), ids=OPERATIONS)
def test_no_arithmetic_grows_without_end(text: str):
    read(f"{PREAMBLE}{text}\nm.fit(x, x)\nnum_classes = x\nm.fit(np.array(x), np.array([x]))")
