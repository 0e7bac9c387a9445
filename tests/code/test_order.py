"""Calls quoted before what they are given."""

import ast

from fitdoctor.code import read_script
from fitdoctor.code.order import runnable


def order(text):
    return [statement.lineno for statement in runnable(ast.parse(text).body)]


def test_an_assignment_stands_before_what_needs_it():
    assert order("model.predict(test)\nprint(1)\ntest = read('test')") == [3, 1, 2]


def test_a_script_that_runs_is_left_alone():
    assert order("x = 1\ndef f():\n    return y\ny = x\nz = f()\nx = x + y") == [1, 2, 4, 5, 6]


def test_what_needs_something_later_itself_is_left_alone():
    assert order("model.compile('adam')\nx = make()\nmodel = Model(x)") == [1, 2, 3]


def test_the_call_knows_what_it_is_given():
    script = read_script("model.predict(d)\nd = image_dataset_from_directory('test', shuffle=True)")
    assert script.fed("predict")[0].inputs.origin == "test"


def test_a_name_that_is_used_again_moves_nothing():
    text = "new = a.first()\na = new\nnew = b.first()\nb = new\nfit(a, b)"
    assert order(text) == [1, 2, 3, 4, 5]
