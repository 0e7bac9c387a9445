"""What a rule is, and how one is asked about a run."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from math import inf, prod
from typing import Any

import msgspec
import numpy as np
from msgspec.structs import replace

from fitdoctor import facts
from fitdoctor.cases import Case
from fitdoctor.interventions import TURNS, Intervention
from fitdoctor.likeness import NO_TROUBLE, likeness
from fitdoctor.records.change import Change
from fitdoctor.records.claim import HELPED_BY, IN_VAIN, OF_CURVES, WORSENED_BY, Claim, Said, stated
from fitdoctor.records.finding import (
    SEVERITIES,
    Clear,
    Crashed,
    Evidence,
    Finding,
    Kind,
    Outcome,
    Prescription,
    ReadFrom,
    Severity,
    Skipped,
)
from fitdoctor.records.image_finding import IMAGE_FAULTS
from fitdoctor.records.in_torch import in_torch
from fitdoctor.records.network import output_units
from fitdoctor.records.run import CURVE_NAMES, Run

HOW_TO_SUPPLY: Mapping[str, str] = {
    "loss": "the training log: the lines that model.fit printed, or History.history",
    "accuracy": "a log with accuracy: compile with metrics=['accuracy']",
    "val_loss": "a log with validation: pass validation_data to fit",
    "val_accuracy": "a log with validation accuracy: metrics=['accuracy'] and validation_data",
    "probe_loss": "the inference-mode curve: train with callbacks=[fitdoctor.Recorder(folder, "
    "probe=(x_train[:1000], y_train[:1000]))]",
    "probe_accuracy": "the inference-mode curve: fitdoctor.Recorder with probe=(x, y) and a "
    "model compiled with accuracy",
    "learning_rate": "the learning rate of each epoch: fitdoctor.Recorder, or Keras' CSVLogger "
    "with a schedule callback",
    "batch_loss": "the training log with a loss line every so many batches",
    "batch_accuracy": "the training log with an accuracy line every so many batches",
    "batch_learning_rate": "the training log with loss and rate in a line every so many batches",
    "recipe": "the code that builds, compiles and fits the model",
    "script": "the training script itself",
    "program": "the training script, with the loop that trains",
    "known_program": "the whole training script: functions of other files may act unseen",
    "data": "how many images and classes there are",
    "classes": "the number of classes",
    "claims": "the question in words",
    "image_findings": "the folder of images itself",
    "probes": "what a look inside shows: fitdoctor train IMAGES --probes all, or in your own "
    "training callbacks=[fitdoctor.Recorder(folder, probe=(x_train[:500], y_train[:500]), "
    "validation=(x_val[:500], y_val[:500]), probes='all')]",
    "evaluated": "what evaluate printed after training",
    "layers": "the code that builds the model, or what model.summary() prints",
    "optimizer": "the code that compiles the model",
    "n_train": "how many training images there are",
    "n_val": "how many validation images there are",
    "class_counts": "how many images each class has",
    "repeats": "several runs of the same recipe with other seeds",
    "answers": "answers to questions, which `--ask` puts",
}
"""Need -> what a person can bring to meet it."""

ASKABLE = (
    *CURVE_NAMES,
    "batch_loss",
    "batch_accuracy",
    "batch_learning_rate",
    "recipe",
    "script",
    "program",
    "data",
    "claims",
    "repeats",
    "evaluated",
    "classes",
    "probes",
    "image_findings",
)
MENDS, MENDS_NOT, HARMS = 3.5, 1.5, 3.0
"""Log-likelihood ratios of a change that an asker reports: what mends is mostly what was wrong, but
one change often makes several; one in vain may have been too small; what did harm does more than
its own line."""
DENIED = 2.0
"""Log-likelihood ratio against a cause of what its asker says: people look, and err."""
FORMER_CODES: Mapping[str, tuple[str, int]] = {
    "FD1": ("C", 124), "FD2": ("M", 234), "FD3": ("S", 318), "FD4": ("D", 415), "FD5": ("P", 503),
}  # fmt: skip
"""Group of codes -> the letter it had before 1.0, and the last number given under that letter.

ruff has most of these codes too, with other meanings."""
REFUTED = 0.1
"""Likelihood ratio of all answers below which a rule that looks at nothing else is clear."""
LEAST_ALIKE, LEAST_BESIDE = 0.07, 0.4
"""What words must say to name a cause, alone and beside code or figures, which mostly say more."""


class Rule(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A question about a run; its check's parameter names say what it needs.

    A parameter with a default is used where known and does not have to be. A check without
    parameters looks at nothing: the interview names its cause, by the answers to `asks`.
    """

    code: str
    check: Callable[..., Iterable[Evidence]]
    kind: Kind
    severity: Severity
    clear: str
    """What it means that the rule looked and saw nothing."""
    prior: float = 0.02
    """How often this is the cause among people who ask."""
    explains: Mapping[str, float] = {}
    """Symptom -> how often this cause shows it."""
    remedies: tuple[Intervention, ...] = ()
    advice: str = ""
    """What to change, in one line, where no intervention does it."""
    torch_advice: str = ""
    """The same for a script of PyTorch, where `advice` is in Keras' words."""
    advise: Callable[[Run], str] | None = None
    """What to change in this run, where its settings decide; "" where they do not."""
    excluded: Callable[[Run], bool] | None = None
    """Whether what is known of the run leaves no room for it: then no wording makes a guess of it,
    and no answer."""
    turns: Mapping[str, int] = {}
    """What `advice` turns, and in which direction, as in `interventions.TURNS`."""
    sick: tuple[Case, ...]
    healthy: tuple[Case, ...]
    clear_with: tuple[str, ...] = ()
    """What must be known to say `clear`: one of these, each a need or several between blanks.

    Where none is named, it is any need in `any_of`, or any parameter; sentences never suffice.
    """
    any_of: tuple[str, ...] = ()
    """Of these needs at least one must be met, though each alone may be missing."""
    told_by: Mapping[str, float] = {}
    """Claim that says it plainly -> its weight."""
    denied_by: tuple[Said, ...] = ()
    """What an asker says who does not have it, beside a plain denial of `told_by`: what words alone
    say for it does not count then, and what is seen counts less. What curves show is read there."""
    asks: Mapping[str, Mapping[str, float]] = {}
    """Fact of `fitdoctor.facts` -> answer -> how often it is given where this is the cause."""
    mend: Callable[[Run, Evidence], Iterable[Change]] | None = None
    """Ways to change a script or recipe in which it spoke so that the cause is gone, the best
    first."""
    helped_by: tuple[str, ...] = ()
    """Changes that mend it: where an asker reports one as tried, it counts for or against."""
    statistical: bool = False
    """Its evidence is a test with a p-value; else it is a fact or a calculation."""
    budget: float = 0.01
    """Share of healthy runs on which it may speak."""
    least_effect: float | None = None
    """What is measured smaller than this is too small to matter, and not reported."""
    effect_of: str = ""
    """What `Evidence.effect` is a share of."""
    power: float = 0.9
    """Share of its sick draws on which it must speak."""

    def __post_init__(self) -> None:
        if unknown := [name for name in self.parameters if name not in ASKABLE]:
            raise TypeError(
                f"rule {self.name} asks for {', '.join(unknown)}; "
                f"a rule may ask for: {', '.join(ASKABLE)}"
            )
        if self.by_answers and not self.asks:
            raise TypeError(f"rule {self.name} looks at nothing and asks nothing")
        for name, given in self.asks.items():
            if list(given) != list(facts.fact(name).answers) or abs(sum(given.values()) - 1) > 1e-6:
                raise TypeError(
                    f"rule {self.name}: {name} needs a probability of each answer, "
                    f"{', '.join(facts.fact(name).answers)}, which sum to one"
                )

    @property
    def name(self) -> str:
        return self.check.__name__

    @property
    def former_code(self) -> str | None:
        """The code before 1.0, still understood in `noqa`, `--select`, `--ignore`, `explain`."""
        letter, last = FORMER_CODES.get(self.code[:3], ("", 0))
        number = self.code.removeprefix("FD")
        return f"{letter}{number}" if letter and int(number) <= last else None

    @property
    def codes(self) -> tuple[str, ...]:
        return (self.code, self.former_code) if self.former_code else (self.code,)

    @cached_property
    def parameters(self) -> Mapping[str, inspect.Parameter]:
        return inspect.signature(self.check).parameters

    @property
    def by_answers(self) -> bool:
        """Return whether nothing but answers decides it."""
        return not self.parameters

    @property
    def page(self) -> str:
        """The rule's documentation: its module's docstring, and what askers say that counts."""
        page = inspect.cleandoc(sys.modules[self.check.__module__].__doc__ or "")
        if self.least_effect is not None:
            least = f"What is less than {self.least_effect:g} of {self.effect_of} is not reported."
            page = page.replace("\n\n## What to try", f" {least}\n\n## What to try")
        against = dict.fromkeys("not " * said.negated + said.predicate for said in self.denied_by)
        said = {
            "Tried, and it helped": self.helped_by,
            "Said plainly": self.told_by,
            "Speaks against it": against,
        }
        lines = [
            f"{what}: {', '.join(name.replace('_', ' ') for name in names)}."
            for what, names in said.items()
            if names
        ]
        return f"{page}\n\n## What an asker may say\n" + "\n".join(lines) if lines else page

    @property
    def mended_by(self) -> str:
        """What `fitdoctor fix` does about it, as a sentence; "" where it does nothing."""
        return (inspect.getdoc(self.mend) or "").split("\n")[0] if self.mend is not None else ""

    def contradicts(self, other: Rule) -> bool:
        """Return whether one's first fix turns something up that the other's turns down."""
        return any(self._turned.get(what, 0) * way < 0 for what, way in other._turned.items())

    @property
    def cleared_by_answers(self) -> bool:
        """Return whether nothing but answers can refute it, though words may name it."""
        return self.clear_with == ("answers",)

    @property
    def _turned(self) -> Mapping[str, int]:
        first = TURNS.get(self.remedies[0].__name__, {}) if self.remedies else {}
        return {**first, **self.turns}

    @property
    def prescriptions(self) -> tuple[Prescription, ...]:
        return tuple(prescribe(remedy) for remedy in self.remedies)

    def changes(self, run: Run, seen: Evidence) -> Iterator[Change]:
        """Yield ways to change a script or recipe so that the cause is gone, the best first.

        Where the rule has no `mend`, they are what its remedies make of the recipe.
        """
        if self.mend is not None:
            yield from self.mend(run, seen)
        elif run.recipe is not None:
            for remedy, told in zip(self.remedies, self.prescriptions, strict=True):
                if (changed := remedy(run.recipe)) != run.recipe:
                    yield Change(recipe=changed, reason=told.sentence)

    def examine(self, run: Run) -> Outcome:
        outcome = self._examined(run)
        if isinstance(outcome, Crashed):
            return outcome
        found = outcome.evidence if isinstance(outcome, Finding) else ()
        if run.speaks:
            found = self._told_apart(found, run)
        if found:
            found = self._with_sources(found, run)
        if said := tuple(self._said(run, spoken=bool(found))):
            return self.finding((*found, *said), run)
        return self.finding(found, run) if found else outcome

    def _told_apart(self, found: tuple[Evidence, ...], run: Run) -> tuple[Evidence, ...]:
        """Return the evidence, with what the sentences of a person alone give marked `words`.

        The check is asked again on parts of the run: evidence that the visible part gives rests on
        what is visible; evidence that a sentence gives by itself rests on words, and so does what
        needs settings that are only spoken of. What neither gives rests on both.
        """
        if not found:
            return found
        visible, spoken = run.without_words(), run.words_only()
        shown = self._sentences(visible)
        beside = self._sentences(replace(visible, claims=run.claims))
        stated = self._sentences(Run(claims=spoken.claims))
        worded = self._sentences(spoken)

        def is_words(item: Evidence) -> bool:
            given = stated if item.sentence in beside else worded
            return item.sentence not in shown and given.get(item.sentence, -inf) >= item.weight

        return tuple(replace(item, words=is_words(item)) for item in found)

    def _with_sources(self, found: tuple[Evidence, ...], run: Run) -> tuple[Evidence, ...]:
        """Return the evidence, each with the one part of the run that alone gives it, if any."""
        parts: tuple[tuple[ReadFrom, Run | None], ...] = (
            ("code", run.settings_only() if run.recipe is not None else None),
            ("images", run.images_only() if run.image_findings else None),
            ("curves", run.figures_only() if run.curves else None),
        )
        given = [(name, self._sentences(part)) for name, part in parts if part is not None]

        def source(item: Evidence) -> ReadFrom | None:
            return next((name for name, alone in given if item.sentence in alone), None)

        return tuple(e if e.words else replace(e, read_from=source(e)) for e in found)

    def _sentences(self, run: Run) -> dict[str, float]:
        """Return what the check says of a run, with its weight."""
        outcome = self._examined(run)
        items = outcome.evidence if isinstance(outcome, Finding) else ()
        return {item.sentence: item.weight for item in items}

    def _said(self, run: Run, *, spoken: bool) -> Iterator[Evidence]:
        """Yield what the asker says plainly, and what their own change says.

        A change in vain only lowers what else was seen.
        """
        plain = stated(run.claims, *self.told_by)
        denial = self.denial(run)
        if denial is not None and spoken:
            yield Evidence(
                sentence=f"You say that this is not so: \u201c{denial.sentence}\u201d",
                weight=-DENIED,
                severity="note",
                words=True,
            )
        elif denial is not None:
            return
        if plain is not None and not spoken:
            yield Evidence(
                sentence=f"You write: \u201c{plain.sentence}\u201d",
                weight=self.told_by[plain.predicate],
                rests_on=plain.predicate,
                words=not plain.exact,
            )
        helped = stated(run.claims, *(f"{HELPED_BY}{name}" for name in self.helped_by))
        if helped is not None:
            yield Evidence(
                sentence=f"Tried by the asker, and it helped: \u201c{helped.sentence}\u201d",
                weight=MENDS,
                words=not helped.exact,
                tried=True,
            )
            return
        if plain is None and not spoken and (like := self._alike(run)):
            yield like
        against = (
            (WORSENED_BY, "and it made it worse", HARMS),
            (IN_VAIN, "in vain", MENDS_NOT),
        )
        for trial, outcome, counts in against if spoken else ():
            said = stated(run.claims, *(f"{trial}{name}" for name in self.helped_by))
            if said is not None:
                yield Evidence(
                    sentence=f"Tried by the asker, {outcome}: \u201c{said.sentence}\u201d",
                    weight=-counts,
                    severity="note",
                    words=True,
                    tried=True,
                )
                return

    def is_excluded(self, run: Run) -> bool:
        """Return whether what is known of the run leaves no room for this cause.

        What would mend it was tried in vain, or the rule's own `excluded` says so.
        """
        tried = stated(run.claims, *(f"{IN_VAIN}{name}" for name in self.helped_by))
        return tried is not None or (self.excluded is not None and self.excluded(run))

    def denial(self, run: Run) -> Claim | None:
        """Return what the asker says that speaks against this cause."""
        denials = (*(Said(name, negated=True) for name in self.told_by), *self.denied_by)
        claims = (c for c in run.claims if not run.curves or c.predicate not in OF_CURVES)
        return next((c for c in claims if any(said.is_said(c) for said in denials)), None)

    def _alike(self, run: Run) -> Evidence | None:
        """Return a hint where a question's words are those of people who had this, more than not.

        What is less like them than no trouble at all is not named, unless it is no trouble itself.
        """
        if self.is_excluded(run):
            return None
        least = LEAST_ALIKE if run.words_alone else LEAST_BESIDE
        for one in likeness(run.prose, run.claims):
            if one.probability < least or (one.cause in NO_TROUBLE and self.kind == "cause"):
                return None
            if one.cause == self.name and one.cause not in NO_TROUBLE:
                return Evidence(
                    sentence="No code or figure shows it, but the question's words are mostly "
                    "those of people who had this.",
                    likely=one.probability,
                    words=True,
                    weight=0.0,
                    severity="note",
                )
        return None

    def _examined(self, run: Run) -> Outcome:
        if self.by_answers:
            return self._answered(run)
        known = what_is_known(run)
        if self.name in IMAGE_FAULTS and self.name not in run.images_checked:
            # A look at the images that did not ask this cannot answer it.
            known["image_findings"] = None
        given = {name: known.get(name) for name in self.parameters}
        missing = tuple(
            name
            for name, parameter in self.parameters.items()
            if given[name] is None and parameter.default is parameter.empty
        )
        if not missing and all(known.get(name) is None for name in self.any_of):
            missing = self.any_of[:1]
        if self.asks and missing and (missing == ("program",) or self.cleared_by_answers):
            return self._answered(run)
        if missing:
            return Skipped(self.name, missing, HOW_TO_SUPPLY[missing[0]])
        try:
            # Curves may hold NaN and infinity: what comes of them is no finding, and no warning.
            with np.errstate(all="ignore"):
                evidence = tuple(self.check(**given))
        except Exception as error:  # noqa: BLE001 - one bad rule must not hide the others
            return Crashed(self.name, f"{type(error).__name__}: {error}")
        evidence = tuple(e for e in evidence if e.p_value is None or e.p_value <= self.budget)
        least = self.least_effect or 0.0
        evidence = tuple(e for e in evidence if e.effect is None or e.effect >= least)
        if not evidence:
            return self._answered(run) if self.cleared_by_answers else self._clear(known)
        return self.finding(evidence, run)

    def _answered(self, run: Run) -> Clear | Skipped:
        """Return `Clear` where the answers refute the cause; where they do not, none is given."""
        ratio = prod(
            given[run.answers[name]] / facts.BY_NAME[name].answers[run.answers[name]]
            for name, given in self.asks.items()
            if name in run.answers
        )
        if ratio < REFUTED:
            return Clear(self.name, self.clear)
        return Skipped(self.name, ("answers",), HOW_TO_SUPPLY["answers"])

    def _clear(self, known: Mapping[str, object]) -> Clear | Skipped:
        """Return `Clear` where there was something to look at."""
        required = [n for n, p in self.parameters.items() if p.default is p.empty]
        usual = [" ".join(required)] if required else self.any_of or tuple(self.parameters)
        alternatives = [n.split() for n in self.clear_with or usual if n != "claims"]
        unmet = [[n for n in needs if known.get(n) is None] for needs in alternatives]
        if all(unmet) and unmet:
            missing = tuple(unmet[0])
            return Skipped(self.name, missing, HOW_TO_SUPPLY[missing[0]])
        return Clear(self.name, self.clear)

    def finding(self, evidence: tuple[Evidence, ...], run: Run) -> Finding:
        """Return a finding of this rule on the evidence given, in the words of its framework."""
        counted = [item for item in evidence if not item.words] or evidence
        severities = [item.severity or self.severity for item in counted]
        seen = max(counted, key=lambda item: item.weight)
        remedies, advice = self.prescriptions, self.advise(run) if self.advise else ""
        advice = advice or self.advice
        framework = run.script.framework if run.script is not None else None
        if framework == "torch":  # by a sentence is known which part of a run shows it
            evidence = tuple(replace(e, sentence=in_torch(e.sentence)) for e in evidence)
        if run.in_pytorch:
            remedies = tuple(replace(p, sentence=in_torch(p.sentence)) for p in remedies)
        if run.in_pytorch or framework == "fastai":
            advice = self.torch_advice or advice
        advice = seen.fix or advice
        return Finding(
            rule=self.name,
            code=self.code,
            kind=self.kind,
            severity=max(severities, key=SEVERITIES.index),
            evidence=evidence,
            remedies=remedies,
            advice=as_sentence(advice),
        )


def decided_by_answers(module: str, **fields: Any) -> Rule:
    """Return the rule of a module that looks at nothing: its `asks` hold all that it knows."""

    def check() -> tuple[Evidence, ...]:
        return ()

    check.__name__, check.__module__ = module.rpartition(".")[2], module
    return Rule(check=check, **{"kind": "cause", "severity": "error", "prior": 0.01, **fields})


def what_is_known(run: Run) -> dict[str, object]:
    """Return every need that this run can meet, by name."""
    known: dict[str, object] = {
        name: curve for name, curve in run.curves.items() if name in CURVE_NAMES and len(curve)
    }
    for name in ("loss", "accuracy", "learning_rate"):
        known[f"batch_{name}"] = run.batches.get(name)
    known["recipe"] = run.recipe
    known["script"] = run.script
    program = run.script.program if run.script is not None else None
    known["program"] = program
    known["known_program"] = program if program is not None and program.known else None
    known["data"] = run.data
    known["claims"] = run.claims or None
    known["repeats"] = run.repeats or None
    known["evaluated"] = run.evaluated or None
    # Every recorded epoch leaves its seconds and rates; only some were looked into.
    known["probes"] = tuple(p for p in run.probes if p.gap or p.layers or p.culprits) or None
    known["image_findings"] = run.image_findings
    known["classes"] = classes(run)
    recipe, data = run.recipe, run.data
    known["layers"] = (recipe.layers or recipe.backbone) or None if recipe else None
    known["optimizer"] = recipe.optimizer if recipe else None
    for name in ("n_train", "n_val", "class_counts"):
        known[name] = (getattr(data, name) or None) if data else None
    return known


def classes(run: Run) -> int | None:
    """Return the number of classes: of the images where known, else by the width of the output."""
    units = output_units(run.recipe.layers) if run.recipe else None
    told = (
        run.data.n_classes if run.data else None,
        run.recipe.n_classes if run.recipe else None,
        2 if units == 1 else units,
    )
    return next((number for number in told if number is not None and number > 0), None)


def prescribe(remedy: Intervention) -> Prescription:
    arguments = {
        p.name: p.default
        for p in inspect.signature(remedy).parameters.values()
        if p.default is not p.empty
    }
    sentence = (inspect.getdoc(remedy) or "").split("\n")[0]
    for name, value in arguments.items():
        sentence = sentence.replace(f"`{name}`", f"{value:g}")
    return Prescription(intervention=remedy.__name__, arguments=arguments, sentence=sentence)


def as_sentence(text: str) -> str:
    """Return advice with a capital and one full stop; code and commands keep their letters.

    >>> as_sentence("keep one of each"), as_sentence("np.moveaxis(x, 1, -1)")
    ('Keep one of each.', 'np.moveaxis(x, 1, -1).')
    """
    text = text.strip().rstrip(".")
    if not text:
        return ""
    first = text.split()[0]
    written_so = first == "fitdoctor" or any(sign in first for sign in "._=(")
    end = "" if text.endswith(("!", "?")) else "."
    return (text if written_so else text[0].upper() + text[1:]) + end
