"""What is to be looked at after a change, and what causes are called."""

import ast

import pytest

from fitdoctor import doctor, sources
from fitdoctor.report.confirming import CHECKS
from fitdoctor.report.headline import headline
from fitdoctor.report.names import NAMES, TRIED, title
from fitdoctor.rules import all_rules
from fitdoctor.sources._changes import CHANGES

RULES = {rule.name: rule for rule in all_rules()}


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_every_row_is_of_a_cause_and_its_line_is_python(name):
    assert RULES[name].kind == "cause"
    check = CHECKS[name]
    assert check.words[0].islower() or check.words[0] == "%"
    for line in filter(None, (check.line, check.torch)):
        ast.parse(line)


def test_names_are_of_rules_and_no_two_are_alike():
    assert set(NAMES) <= set(RULES)
    assert len({title(name) for name in RULES}) == len(RULES)
    assert set(TRIED) <= set(CHANGES)


PAGE = """
I tried more dropout and it makes no difference.

clf.add(Dense(1, activation='softmax'))
clf.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])
clf.fit(images, labels, epochs=5)
"""


def test_the_next_step_and_what_was_tried_are_in_the_words_of_the_asker():
    above = headline(doctor.examine(sources.pasted(PAGE)[0]))
    assert "softmax over one unit" in above.sentence
    assert above.tried == "What you tried (more dropout) does not change this."
    assert "`print(clf.predict(x_val[:5]))`" in above.step


def test_a_guess_takes_nothing_of_what_was_tried_away():
    text = "My validation accuracy stays low. I tried more dropout and it makes no difference."
    assert headline(doctor.examine(sources.pasted(text)[0])).tried == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("epoch,loss,val_loss\n1,1.2,1.3\n2,1.1,1.2\n", "2 epochs are too few"),
        ("I have 900 photos in 6 classes and val accuracy stays around 70%. What can I do?",
         "neither the figures of each epoch nor the code"),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_where_nothing_can_be_told(text, said):
    assert said in headline(doctor.examine(sources.pasted(text)[0])).sentence
