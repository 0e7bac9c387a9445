"""The interview in a notebook: a diagnosis, the next question as buttons, each answer taken in.

It needs ipywidgets, which no other part does: `fitdoctor diagnose --ask` asks in a terminal.
"""

from __future__ import annotations

import importlib.util
from functools import partial
from pathlib import Path
from typing import Any

from markupsafe import Markup

from fitdoctor import doctor, facts
from fitdoctor.errors import MissingExtraError
from fitdoctor.records.finding import Diagnosis, Question
from fitdoctor.records.run import Run
from fitdoctor.report import notebook

UNKNOWN = "I cannot tell"


def ask(*given: str | Path | Run) -> Interview:
    """Return the interview about the sources of one training; a notebook shows it.

    Raises `MissingExtraError` without ipywidgets, `UnreadableSourceError` as `diagnose`.
    """
    if importlib.util.find_spec("ipywidgets") is None:
        raise MissingExtraError(
            "asking in a notebook needs ipywidgets. Install it: pip install ipywidgets; or call "
            "diagnose(..., answers={NAME: ANSWER})"
        )
    return Interview(doctor.one_training([doctor.as_runs(item) for item in given]))


class Interview:
    """What is known of a training, with the answers given so far."""

    def __init__(self, run: Run) -> None:
        import ipywidgets  # noqa: PLC0415 - optional

        self._run, self._skipped = run, set[str]()
        self.answers: dict[str, str] = {}
        """Name of a question -> the answer that was chosen."""
        self._make = ipywidgets
        self._box = ipywidgets.VBox()
        self.diagnosis = self._renewed()

    def _ipython_display_(self) -> None:
        from IPython.display import display  # noqa: PLC0415 - comes with ipywidgets

        display(self._box)

    def _renewed(self) -> Diagnosis:
        found = doctor.examine(doctor.informed(self._run, self.answers))
        shown: list[Any] = [self._make.HTML(notebook.of_diagnosis(found))]
        question = next((q for q in found.questions if q.id not in self._skipped), None)
        if question is not None:
            shown += self._asked(question)
        shown += [self._given(name, said) for name, said in self.answers.items()]
        self._box.children = tuple(shown)
        return found

    def _asked(self, question: Question) -> list[Any]:
        """Return a question and a button for each answer."""
        how = Markup("<br>This line shows it: <code>{}</code>").format(question.how)
        words = Markup("<b>{}</b>{}").format(question.text, how if question.how else "")
        buttons = [
            self._button(answer.replace("_", " "), partial(self._answer, question.id, answer))
            for answer in question.answers
        ]
        buttons.append(self._button(UNKNOWN, partial(self._skip, question.id)))
        wrapped = self._make.Layout(flex_flow="row wrap")
        return [self._make.HTML(str(words)), self._make.HBox(buttons, layout=wrapped)]

    def _given(self, name: str, said: str) -> Any:
        """Return an answer with a button that takes it back."""
        words = Markup("{} <b>{}</b>").format(facts.fact(name).text, said.replace("_", " "))
        back = self._button("take back", partial(self._forget, name))
        return self._make.HBox([self._make.HTML(str(words)), back])

    def _button(self, words: str, pressed: partial[None]) -> Any:
        made = self._make.Button(description=words, layout=self._make.Layout(width="auto"))
        made.on_click(lambda _: pressed())
        return made

    def _answer(self, name: str, answer: str) -> None:
        self.answers[name] = answer
        self.diagnosis = self._renewed()

    def _skip(self, name: str) -> None:
        self._skipped.add(name)
        self.diagnosis = self._renewed()

    def _forget(self, name: str) -> None:
        del self.answers[name]
        self.diagnosis = self._renewed()
