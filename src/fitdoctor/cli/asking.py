"""The interview in the terminal: one question, its answers by number, what an answer changes."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from fitdoctor.cli.printing import colour, width
from fitdoctor.errors import AnswerError, CorrectionError
from fitdoctor.records.finding import Diagnosis, Question


def given(answers: Iterable[str]) -> dict[str, str]:
    """Return the answers of `--answer NAME=ANSWER`, by name."""
    pairs = [answer.partition("=") for answer in answers]
    for name, sign, value in pairs:
        if not (name and sign and value):
            raise AnswerError(f"--answer {name}{sign}{value}: write it as NAME=ANSWER")
    return {name.strip(): value for name, _, value in pairs}


def corrections(settings: Iterable[str]) -> dict[str, str]:
    """Return the corrections of `--set NAME=VALUE`, by name; a value may be empty."""
    pairs = [setting.partition("=") for setting in settings]
    for name, sign, value in pairs:
        if not (name and sign):
            raise CorrectionError(f"--set {name}{sign}{value}: write it as NAME=VALUE")
    return {name.strip(): value for name, _, value in pairs}


def possible() -> bool:
    """Return whether somebody sits at the terminal to be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def interview(diagnosis: Diagnosis, most: int) -> Diagnosis:
    """Ask up to `most` questions, the most telling first, and print what each answer changes.

    An empty line skips a question and the end of input ends the interview; neither changes
    anything.
    """
    from fitdoctor import doctor
    from fitdoctor.report import text
    from fitdoctor.report.changes import changed

    skipped: set[str] = set()
    for _ in range(most):
        question = next((q for q in diagnosis.questions if q.id not in skipped), None)
        if question is None:
            break
        answer = _asked(question)
        if answer is None:
            skipped.add(question.id)
            continue
        before = diagnosis
        asked = doctor.answered(before.run, {question.id: answer})
        diagnosis = doctor.with_code(doctor.examine(asked))
        then, now = ({c.rule: c.probability for c in d.causes} for d in (before, diagnosis))
        print(f"\nAnswered: {answer.replace('_', ' ')}. {changed(then, now)}\n")
        print(text.render(diagnosis, width=width(), colour=colour()))
    return diagnosis


def _asked(question: Question) -> str | None:
    """Return the answer, or `None` where it is skipped."""
    from fitdoctor import facts

    print(f"\n{question.text}")
    if question.how:
        print(f"    {question.how}")
    for number, answer in enumerate(question.answers, start=1):
        print(f"  {number}  {answer.replace('_', ' ')}")
    while True:
        try:
            line = input("answer (a number or a word, Enter to skip): ").strip()
        except EOFError:
            return None
        if not line:
            return None
        fact = facts.fact(question.id)
        try:
            # A small number is one of the list; for a count, the count itself is taken.
            if line.isdigit() and not fact.bins and 1 <= int(line) <= len(question.answers):
                return question.answers[int(line) - 1]
            return fact.answered(line)
        except AnswerError as error:
            print(f"  {error}")
