"""A script that is executed by us prints and ends as it does under Python itself."""

import json

import pytest

SCRIPTS = {
    "its place": """
        import os, sys
        print(sys.argv, __name__, __file__, sys.path[0], __builtins__, __spec__, __doc__)
        print(sys.modules["__main__"].__dict__ is globals(), [k for k in globals() if k > "a"])
    """,
    "a class of its own, pickled": """
        import pickle
        class Mine: pass
        print(type(pickle.loads(pickle.dumps(Mine()))), Mine.__module__)
    """,
    "sys.exit with a number": "import sys; print('a'); sys.exit(3)",
    "sys.exit with words": "import sys; sys.exit('no data')",
    "an exception": """
        def load():
            raise ValueError("no such column")
        try:
            {}["a"]
        except KeyError as error:
            load()
    """,
    "a mistake in its syntax": "x = (1,\nprint x",
    "an end in the middle": "import os; print('gone', flush=True); os._exit(5)",
    "a signal": "import os, signal; print(1, flush=True); os.kill(os.getpid(), signal.SIGTERM)",
    "interrupted": "import os, signal; os.kill(os.getpid(), signal.SIGINT)",
    "work at its exit": """
        import atexit, threading, time
        words = ["bye"]
        atexit.register(lambda: print(words, __name__))
        threading.Thread(target=lambda: (time.sleep(0.1), print(words))).start()
    """,
    "a hook of its own": """
        import sys
        sys.excepthook = lambda kind, value, trace: print(kind, trace.tb_lineno)
        1 / 0
    """,
    "processes": """
        import multiprocessing
        def square(x):
            return x * x
        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.map(square, [1, 2]))
    """,
    "what it finds of its package": """
        import importlib.util
        print(importlib.util.find_spec("keras").loader.__class__.__name__, "fitdoctor" in dir())
    """,
}


QUICK = ("its place", "an exception", "a mistake in its syntax", "interrupted")


@pytest.mark.parametrize(
    "text",
    [pytest.param(t, marks=() if n in QUICK else pytest.mark.slow) for n, t in SCRIPTS.items()],
    ids=SCRIPTS,
)
def test_it_ends_as_under_python(execute, tmp_path, text):
    lines = text.strip("\n").split("\n")
    indent = len(lines[0]) - len(lines[0].lstrip())
    (tmp_path / "train.py").write_text("\n".join(line[indent:] for line in lines))
    plain, seen = (execute("train.py", "--a", "b c", watched=w) for w in (False, True))
    # The class of the loader is ours as long as Keras has not been imported.
    assert seen.stdout.replace("_Then", "SourceFileLoader") == plain.stdout
    assert (seen.returncode, seen.stderr) == (plain.returncode, plain.stderr)
    assert not (tmp_path / "run").exists()


def test_the_cells_of_a_notebook_are_executed(execute, tmp_path):
    code = (
        ["%matplotlib inline\n", "!pip install x\n", "a = 1"],
        "%%bash\nexit 1",
        ["cat = 2\n", "files = !ls\n", "who = '''\n", "so?\n", "'''\n"],
        ["%%time\n", "if a:\n", "    !ls\n", "print(a + cat, who)\n"],
    )
    cells = [{"cell_type": "markdown", "source": ["# not code"]}]
    cells += [{"cell_type": "code", "source": source} for source in code]
    (tmp_path / "n.ipynb").write_text(json.dumps({"cells": cells}))
    seen = execute("n.ipynb", watched=True)
    assert (seen.stdout, seen.stderr, seen.returncode) == ("3 \nso?\n\n", "", 0)
