"""Scripts with the modules that they import, as one text: names told apart, lines kept."""

import textwrap

import pytest

from fitdoctor.code.linked import linked


def together(**files):
    """Link `train` with the other files; a name is a path with `__` for each folder."""
    texts = {n.replace("__", "/") + ".py": textwrap.dedent(t).lstrip() for n, t in files.items()}

    def find(importer, dots, name):
        home = importer.rpartition("/")[0] if dots else ""
        stem = "/".join(filter(None, [home, *name.split(".")]))
        for path in (f"{stem}.py", f"{stem}/init.py"):
            if path in texts:
                return path, texts[path]
        return None

    return linked("train.py", texts["train.py"], find), texts


def outcome(whole):
    """Execute a linked text of these tests, which compute nothing but strings."""
    found = {"__name__": "__main__"}
    exec(whole.text, found)
    return found["result"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"train": "from data import load\nresult = load()", "data": "def load(): return 'x'"},
          "x"),
        ({"train": "import data\nresult = data.load()", "data": "def load(): return 'x'"}, "x"),
        ({"train": "import data as d\nresult = d.load(), d.N",
          "data": "N = 3\ndef load(): return N"},
         (3, 3)),
        ({"train": "from data import load as get\nresult = get()",
          "data": "def load(): return 1"}, 1),
        ({"train": "from data import *\nresult = load()", "data": "def load(): return 1"}, 1),
        ({"train": "from lib.data import load\nresult = load()",
          "lib__data": "def load(): return 2"},
         2),
        ({"train": "import lib.data\nresult = lib.data.load()",
          "lib__data": "def load(): return 2"},
         2),
        ({"train": "from lib import data\nresult = data.load()",
          "lib__data": "def load(): return 2"},
         2),
        ({"train": "import os, data\nresult = data.load() + os.sep",
          "data": "def load(): return ''"},
         "/"),
        ({"train": "from lib import Net\nresult = Net().k", "lib__init": "from .net import Net",
          "lib__net": "class Net:\n    k = 5"}, 5),
        ({"train": "from a import f\nfrom b import g\nresult = f(), g()",
          "a": "N = 1\ndef f(): return N", "b": "N = 2\ndef g(): return N"}, (1, 2)),
        ({"train": "from a import f\nN = 9\nresult = f(), N",
          "a": "N = 1\ndef f(): return N"}, (1, 9)),
        ({"train": "from a import f, N\nfrom b import g\nresult = f(), g(), N",
          "a": "N = 1\ndef f(): return N", "b": "N = 2\ndef g(N=N): return N"}, (1, 2, 1)),
        ({"train": "import a\ndef f(): return 'own'\nresult = f(), a.f()",
          "a": "def f(): return 'other'"}, ("own", "other")),
        ({"train": "import a\ndef f(a): return a.strip()\nresult = f(' x '), a.f()",
          "a": "def f(): return 1"}, ("x", 1)),
        ({"train": "from a import f\nn = 0\nresult = f(), f(), n",
          "a": "n = 0\ndef f():\n    global n\n    n = n + 1\n    return n"}, (1, 2, 0)),
        ({"train": "from a import f\nx = 7\nresult = f(), x",

                   "a": "x = 1\ndef f(): return [x for x in (2, 3)], (lambda x: x)(4), x"},
         (([2, 3], 4, 1), 7)),
        ({"train": "from a import N\nresult = N",
          "a": "N = 1\nif __name__ == '__main__':\n    N = 2"}, 1),
        ({"train": "from a import N\nif __name__ == '__main__':\n    M = 3\n    result = N, M",
          "a": "M = 1\nN = M"}, (1, 3)),
        ({"train": "from a import (\n    f,  # the first\n    g,\n)\nresult = f() + g()",
          "a": "def f(): return 1\ndef g(): return 2"}, 3),
        ({"train": "try:\n    from a import f\nexcept ImportError:\n    raise\nresult = f()",
          "a": "from b import g\ndef f(): return g()", "b": "def g(): return 8"}, 8),
    ],
)  # fmt: skip
def test_one_text_does_what_the_files_do(files, expected):
    whole, _ = together(**files)
    assert outcome(whole) == expected


def test_every_line_is_found_in_its_file():
    whole, texts = together(
        train="import os\nfrom a import f\n\nmodel = f()\n", a="# of a\n\ndef f():\n    return 1\n"
    )
    assert [path for _, path in whole.files] == ["a.py", "train.py"]
    lines = whole.text.split("\n")
    for (first, path), at in zip(whole.files, (2, 3), strict=True):
        assert lines[first - 1 + at] == texts[path].split("\n")[at]


def test_a_script_that_imports_nothing_of_its_own_is_left_alone():
    whole, _ = together(train="import torch\nfrom torch import nn\nresult = 1")
    assert whole is None


def test_files_that_import_each_other_are_each_taken_once():
    whole, _ = together(
        train="from a import f\nresult = f()",
        a="import b\ndef f(): return b.g()\ndef h(): return 6",
        b="import a\ndef g(): return a.h()",
    )
    assert [path for _, path in whole.files] == ["b.py", "a.py", "train.py"]
    assert outcome(whole) == 6


def test_a_module_that_is_no_python_stays_an_import():
    whole, _ = together(train="from a import f\nfrom b import g\nresult = g()", a="def f(:",
                        b="def g(): return 1")  # fmt: skip
    assert "from a import f" in whole.text
