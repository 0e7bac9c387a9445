"""The commands that give a report again: its diagnosis, its training, its experiments."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

import msgspec

from fitdoctor.records.experiment import Verdict
from fitdoctor.records.run import Run
from fitdoctor.report.headline import as_given, diagnose_again

SEEDS = ("seed", "order_seed", "split_seed")


class Step(msgspec.Struct, frozen=True):
    """A command, and what it gives again."""

    words: str
    command: str


def steps(run: Run, verdicts: Sequence[Verdict] = ()) -> tuple[Step, ...]:
    """Return what gives a report again, the diagnosis first; nothing of text that was pasted."""
    return tuple(_steps(run, verdicts))


def _steps(run: Run, verdicts: Sequence[Verdict]) -> Iterator[Step]:
    if not run.sources:
        return
    recorded = run.kind == "observed"
    answers = (
        []
        if recorded
        else [f"--answer {name}={shlex.quote(said)}" for name, said in run.answers.items()]
    )
    same = "The diagnosis, to the last digit"
    yield Step(same, diagnose_again(run, *answers, "--html report.html"))
    if recorded and run.script is None and run.recipe is not None:
        known = ((name, getattr(run.recipe, name)) for name in SEEDS)
        seeds = ", ".join(f"{name.replace('_', ' ')} {v}" for name, v in known if v is not None)
        recipe = shlex.quote(f"{run.sources[0].rstrip('/')}/recipe.toml")
        said = f"The training{f' ({seeds})' if seeds else ''}"
        yield Step(said, f"fitdoctor train {recipe} --output again")
    for verdict in verdicts:
        yield _proof(run, verdict)


def _proof(run: Run, verdict: Verdict) -> Step:
    experiment = verdict.experiment
    words = f"The experiment on {experiment.cause.replace('_', ' ')}, on the same seeds"
    cause = f"--cause {experiment.cause} --seeds {experiment.pairs}"
    if experiment.jobs is None:
        return Step(words, f"fitdoctor prove {as_given(run)} {cause}")
    job = experiment.jobs[0]
    return Step(words, f"fitdoctor prove {cause} {shlex.join([job.script, *job.arguments])}")
