"""The interview as widgets: only where ipywidgets is, and each press changes the diagnosis."""

import importlib.util
import sys
import types

import pytest

import fitdoctor
from fitdoctor import widgets
from fitdoctor.errors import MissingExtraError

LOG = "My loss <b>is</b> bad.\n" + "".join(
    f"Epoch {i}/20\nloss: 1.1 - accuracy: 0.33 - val_loss: 1.1 - val_accuracy: 0.33\n"
    for i in range(1, 21)
)


class Widget:
    """As much of a widget as the interview uses."""

    def __init__(self, value="", description="", layout=None, **_):
        self.children = value if isinstance(value, list) else ()
        self.value, self.description, self._pressed = value, description, []

    def on_click(self, call):
        self._pressed.append(call)

    def click(self):
        for call in self._pressed:
            call(self)


@pytest.fixture(params=["real", "small"])
def made(request, monkeypatch, tmp_path):
    """Return an interview, by ipywidgets where it is installed, and by a small stand-in."""
    if request.param == "real":
        pytest.importorskip("ipywidgets")
    else:
        names = ("VBox", "HBox", "HTML", "Button", "Layout")
        fake = types.SimpleNamespace(**dict.fromkeys(names, Widget))
        monkeypatch.setitem(sys.modules, "ipywidgets", fake)
        monkeypatch.setattr(importlib.util, "find_spec", lambda _: object())
    log = tmp_path / "train.log"
    log.write_text(LOG)
    return fitdoctor.ask(log)


def parts(interview, found=None):
    """Return all widgets below one."""
    found = interview._box if found is None else found
    return [
        found,
        *(w for child in getattr(found, "children", ()) for w in parts(interview, child)),
    ]


def buttons(interview):
    return [w for w in parts(interview) if hasattr(w, "on_click") and w.description]


def test_an_answer_changes_the_diagnosis_and_can_be_taken_back(made):
    before = made.diagnosis
    question = before.questions[0]
    first = buttons(made)[0]
    assert first.description == question.answers[0].replace("_", " ")
    first.click()
    assert made.answers == {question.id: question.answers[0]}
    assert made.diagnosis.run.answers[question.id] == question.answers[0]
    assert question.id not in {q.id for q in made.diagnosis.questions}
    back = next(b for b in buttons(made) if b.description == "take back")
    back.click()
    assert made.answers == {}
    assert [q.id for q in made.diagnosis.questions] == [q.id for q in before.questions]


def test_a_question_that_nobody_can_answer_is_followed_by_the_next(made):
    first, second = (q.text for q in made.diagnosis.questions[:2])

    def asked():
        values = [str(getattr(w, "value", "")) for w in parts(made)]
        assert "<b>is</b> bad" not in " ".join(values)
        return next(value for value in values if value.startswith("<b>"))

    assert first in asked()
    next(b for b in buttons(made) if b.description == widgets.UNKNOWN).click()
    assert second in asked()


def test_without_ipywidgets_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match="pip install ipywidgets"):
        fitdoctor.ask("x.log")
