"""The fix that is offered against a random change of the same cost, on fresh seeds.

Each faulty script of `prove_scripts` is executed once; `fix` is offered what was recorded and the
text. The fixed script and, for each seed, one random mend of the faulty one are then trained with
that seed, and scored as experiments score (accuracy or the share of variance explained, by the
weights of the end, on what the script validates on). The better one wins; within `TIE` of each other
both have half. Where no fix is offered nothing is trained.

A random mend is what a search over settings tries first: one setting of the script, drawn evenly
from those that it has of learning rate, optimizer, hidden activation, units of a hidden Dense,
batch size and epochs (doubled or halved at most, so that the cost is that of one training), and a new
value for it, drawn evenly from the values beside its own. It knows no finding.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from msgspec.structs import replace

from fitdoctor import doctor
from fitdoctor.errors import FitdoctorError
from fitdoctor.observe import launch, proving
from fitdoctor.records.experiment import TrialFailedError
from fitdoctor.records.mending import Mending

SEEDS = 3
FIRST_SEED = 5000
"""Experiments and examples use small numbers: these are fresh."""
TIE = 0.02
LIMIT = 240.0
RATES = (0.01, 0.1, 10.0, 100.0)
SIZES = (0.5, 2.0)
OPTIMIZERS = ("SGD", "Adam", "RMSprop", "Adagrad")
ACTIVATIONS = {
    **dict.fromkeys(("relu", "tanh", "sigmoid", "elu", "selu"), ("relu", "tanh", "sigmoid", "elu")),
    **dict.fromkeys(("ReLU", "Tanh", "Sigmoid", "ELU"), ("ReLU", "Tanh", "Sigmoid", "ELU")),
}  # fmt: skip


class Place(NamedTuple):
    """A setting in a text: what stands there, and what may stand there instead."""

    kind: str
    node: ast.expr
    values: tuple[str, ...]


def able(kind: str) -> bool:
    """Return whether scripts of a framework can be executed here."""
    return importlib.util.find_spec(kind) is not None


def random_mend(text: str, seed: int) -> str:
    """Return a script with one setting changed at random."""
    named = sha256(f"{seed} {text}".encode()).hexdigest()  # scripts do not share their draws
    drawn = random.Random(named)
    places = list(settings(ast.parse(text)))
    if not places:
        return text
    kind = drawn.choice(sorted({place.kind for place in places}))
    place = drawn.choice([p for p in places if p.kind == kind])
    return replaced(text, place.node, drawn.choice(place.values))


def replaced(text: str, node: ast.expr, value: str) -> str:
    """Return a text with another expression in the place of one of its own."""
    lines = text.splitlines(keepends=True)
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    before = "".join(lines[: node.lineno - 1]) + cut(lines[node.lineno - 1], None, node.col_offset)
    last = lines[node.end_lineno - 1]
    behind = cut(last, node.end_col_offset, None) + "".join(lines[node.end_lineno :])
    return before + value + behind


def cut(line: str, low: int | None, high: int | None) -> str:
    """Return a part of a line; positions of `ast` count bytes."""
    return line.encode()[low:high].decode()


def settings(tree: ast.Module) -> Iterator[Place]:
    """Yield the settings of a script that a random mend may change."""
    consts = constants(tree)
    dense: list[ast.Call] = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        words = {word.arg: word.value for word in node.keywords if word.arg}
        if name in OPTIMIZERS or name in ("AdamW", "Nadam", "Adamax", "Adadelta"):
            rate = words.get("learning_rate", words.get("lr"))
            own = "lr" not in words and node.args
            rate = rate or (
                node.args[0] if own and isinstance(node.args[0], ast.Constant) else None
            )
            yield from number("rate", rate, consts, RATES)
            plain = len(node.keywords) + len(node.args) <= (2 if "lr" in words else 1)
            if plain and isinstance(node.func, ast.Attribute | ast.Name):
                others = tuple(o for o in OPTIMIZERS if o != name)
                source = ast.unparse(node.func)
                values = tuple(source[: len(source) - len(name)] + other for other in others)
                if isinstance(node.func, ast.Attribute):
                    yield Place("optimizer", node.func, values)
        if name == "Dense":
            dense.append(node)
        if name in ("fit", "DataLoader"):
            yield from number("batch", words.get("batch_size"), consts, SIZES)
        if name == "fit":
            yield from number("epochs", words.get("epochs"), consts, SIZES)
        if name in ACTIVATIONS and not node.args:
            values = tuple(v + "()" for v in ACTIVATIONS[name] if v != name)
            root = ast.unparse(node.func)[: -len(name)]
            yield Place("activation", node, tuple(root + v for v in values))
        given = words.get("activation")
        if isinstance(given, ast.Constant) and given.value in ACTIVATIONS:
            values = tuple(repr(v) for v in ACTIVATIONS[given.value] if v != given.value)
            yield Place("activation", given, values)
    dense.sort(key=lambda call: call.lineno)
    for call in dense[:-1]:
        yield from number("units", call.args[0] if call.args else None, consts, SIZES)


def constants(tree: ast.Module) -> dict[str, ast.expr]:
    """Return the values that names, fields, keys and options of a command line are given."""
    found: dict[str, ast.expr] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found[name] = value
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        found[key.value] = value
            case ast.Call(
                func=ast.Attribute(attr="add_argument"), args=[ast.Constant(value=str(name)), *_]
            ):
                found |= {name.lstrip("-"): w.value for w in node.keywords if w.arg == "default"}
            case _:
                pass
    return found


def number(
    kind: str, node: ast.expr | None, consts: dict[str, ast.expr], times: Sequence[float]
) -> Iterator[Place]:
    """Yield a number of a setting, where it stands, with its multiples."""
    match node:
        case (
            ast.Name(id=name)
            | ast.Attribute(attr=name)
            | ast.Subscript(slice=ast.Constant(value=name))
        ):
            node = consts.get(name)
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        whole = isinstance(node.value, int) and not isinstance(node.value, bool)
        found = [node.value * factor for factor in times]
        values = (
            [str(max(1, int(v))) for v in found] if whole and kind != "rate" else map(repr, found)
        )
        yield Place(kind, node, tuple(values))


def offered(script: Path, folder: Path) -> Mending | None:
    """Return the fix of what a recording and the text show; `None` without one."""
    for source in (folder, script):
        try:
            made = doctor.fix(source)
        except FitdoctorError:
            continue
        if made.changed:
            return made
    return None


def compared(text: str) -> dict[str, Any]:
    """Return the scores of the fixed script and of random mends, by seed."""
    here = Path.cwd()
    with TemporaryDirectory() as home:
        try:
            os.chdir(home)  # where jobs are executed
            return _compared(text, Path(home))
        finally:
            os.chdir(here)


def _compared(text: str, home: Path) -> dict[str, Any]:
    script = home / "train.py"
    script.write_text(text)
    subprocess.run(
        [sys.executable, "-m", "fitdoctor", "-q", "run", "-o", "run", "--limit", str(LIMIT), "train.py"],
        capture_output=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    recorded = launch.recorded(home / "run")
    if not recorded:
        return {"error": "no training was seen"}
    made = offered(script, recorded[0])
    if made is None:
        return {"offered": []}
    run = doctor.diagnose_recorded(recorded[0], script).run
    arms = [("fix", seed, made.after) for seed in range(FIRST_SEED, FIRST_SEED + SEEDS)]
    arms += [("random", seed, random_mend(text, seed)) for _, seed, _ in arms]
    jobs = []
    for number_, (_, seed, source) in enumerate(arms):
        path = home / f"arm{number_}.py"
        path.write_text(source)
        job = proving.as_it_is(path, (), run, recorded[0])
        jobs.append(replace(job, seed=seed, order_seed=seed))
    scores: dict[str, list[float]] = {"fix": [0.0] * SEEDS, "random": [0.0] * SEEDS}
    why: list[str] = []
    with proving.trainer_of(recorded[0], LIMIT) as trainer:
        for place, job in enumerate(jobs):
            arm, seed, _ = arms[place]
            try:
                result = trainer.train(job)
                value = float(next(iter(result.curves.values())).values[-1])
            except (TrialFailedError, FitdoctorError) as error:
                value, said = 0.0, f"{arm} {seed}: {error}"[:160]
                why.append(said)
            scores[arm][seed - FIRST_SEED] = round(value, 4)
    return {
        "offered": sorted({one.rule for one in made.mends}),
        "scores": scores, "share": share(scores), "failed": why, "outcome": jobs[0].outcome,
    }  # fmt: skip


def share(scores: dict[str, list[float]]) -> float:
    """Return the share of the seeds on which the fix is the better one; ties count half.

    >>> share({"fix": [0.9, 0.9, 0.5], "random": [0.4, 0.89, 0.8]})
    0.5
    """
    pairs = zip(scores["fix"], scores["random"], strict=True)
    return fmean(0.5 if abs(a - b) <= TIE else float(a > b) for a, b in pairs)
