"""Scripts of Python 2 are translated, divide as they did, and are told that they were."""

import ast
import sys

import numpy as np
import pytest

from fitdoctor.observe.former import python2

pytestmark = pytest.mark.skipif(sys.version_info >= (3, 13), reason="Python has no lib2to3")
SCRIPT = """
import beside
from StringIO import StringIO
print "hello", 7 / 2, 7. / 2
n = 9
n /= 2
for i in xrange(2):
    print i,
try:
    1 / 0
except ZeroDivisionError, error:
    print n
print (lambda (a, b): a + b)((1, 2)), {1: 2}.has_key(1), map(str, [1, 2]), beside.half(5)
"""
BESIDE = "def half(x):\n    if x:\n\tprint 'tab'\n    return x / 2\n"


def run(execute, tmp_path, text):
    (tmp_path / "train.py").write_text(text)
    (tmp_path / "beside.py").write_text(BESIDE)
    return execute("-m", "fitdoctor.observe", "run", "default", "3", "train.py")


def test_a_script_and_a_module_beside_it_run_as_python_2_meant_them(execute, tmp_path):
    done = run(execute, tmp_path, SCRIPT)
    assert done.stdout == "hello 3 3.5\n0 1 4\ntab\n3 True ['1', '2'] 2\n", done.stderr
    told = "executed as Python 2 meant it: train.py: its syntax (line 4), / between whole numbers"
    assert told in done.stderr
    assert not list(tmp_path.glob("**/*.pyc"))


def test_builtins_of_python_2_come_back_where_nothing_defines_them(execute, tmp_path):
    done = run(execute, tmp_path, "print(sum(xrange(5)) / 4, reduce(max, [1, 3, 2]))\n")
    assert done.stdout == "2 3\n", done.stderr
    assert "train.py: xrange (now range), reduce (now reduce), / between" in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "print(7 / 2)\n",
        "try:\n    xrange\nexcept NameError:\n    xrange = range\nprint(7 / len(xrange(2)))\n",
        "from functools import reduce\nprint(reduce(max, [1, 3]) / 2 + 2)\n",
    ],
)
def test_a_script_of_python_3_divides_as_python_3(execute, tmp_path, text):
    done = run(execute, tmp_path, text)
    assert done.stdout == "3.5\n"
    assert "Python 2" not in done.stderr


def test_what_asks_for_true_division_has_it(execute, tmp_path):
    done = run(execute, tmp_path, "from __future__ import division\nprint 7 / 2\n")
    assert done.stdout == "3.5\n", done.stderr


@pytest.mark.parametrize(
    ("left", "right", "value"),
    [
        (7, 2, 3), (7, 2.0, 3.5), (-7, 2, -4), (True, 2, 0), (np.int64(7), 2, 3),
        (np.float32(7), 2, 3.5),
    ],
)  # fmt: skip
def test_whole_numbers_are_divided_down(left, right, value):
    assert python2.divide(left, right) == value


def test_arrays_are_divided_where_they_are():
    whole, real = np.array([7, 8]), np.array([7.0, 8.0])
    assert python2.divide_in_place(whole, 2) is whole
    assert python2.divide_in_place(real, 2) is real
    assert (whole.tolist(), real.tolist()) == ([3, 4], [3.5, 4.0])


@pytest.mark.parametrize("text", ["print(1)\n", "def f(:\n    pass\n", "if True:\nprint 1\n", ""])
def test_a_text_of_python_3_or_of_neither_is_left_alone(text):
    assert python2.translated(text) is None


def test_targets_of_several_parts_are_divided_once():
    tree = ast.parse("a.b[c] /= 2\nf().b /= 2\nx = y = 1\nx /= 2.0\n")
    divided = python2._Divisions()
    texts = ast.unparse(ast.fix_missing_locations(divided.visit(tree))).splitlines()
    assert texts[0] == "a.b[c] = __divided_in_place__(a.b[c], 2)"
    assert texts[1] == "f().b /= 2"  # f is called once
    assert texts[3] == "x /= 2.0"
