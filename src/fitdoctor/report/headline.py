"""The first thing that people read of a diagnosis: verdict, leading cause, its fix, what to run."""

from __future__ import annotations

import math
import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

from fitdoctor import lazy_re
from fitdoctor.code.own_names import in_own_names
from fitdoctor.differential import can_be_proven
from fitdoctor.records.claim import IN_VAIN
from fitdoctor.records.experiment import Counted, Verdict
from fitdoctor.records.finding import (
    LIKELY,
    OPEN,
    SEVERITIES,
    Cause,
    Diagnosis,
    Evidence,
    Finding,
    Health,
    Question,
    alike,
)
from fitdoctor.records.run import SCRIPTS, STANDARD_INPUT, Run
from fitdoctor.report.confirming import CHECKS
from fitdoctor.report.names import TRIED, title
from fitdoctor.rule import HOW_TO_SUPPLY, as_sentence, classes
from fitdoctor.rules import all_rules
from fitdoctor.situations import SITUATIONS, where

VERDICTS: dict[Health, str] = {
    "sick": "Problem found",
    "healthy": "No problem found",
    "cannot_tell": "Cannot tell yet",
}
SUSPECTED = 0.2
"""A cause that is less likely is not named above everything else."""
SURE_ENOUGH = 0.9
"""From this probability on the fix of a cause is tried before more is asked."""
SEEDS = 8
NUMBERS = (
    "give the loss and accuracy of each epoch, of training and validation, as text: what the "
    "training printed, saved as train.log"
)
COLUMNS = (
    "say what its columns are: put a line above the table such as "
    "epoch,loss,accuracy,val_loss,val_accuracy"
)
WORTH = 0.6
"""Part of what the best question tells that one with a line of code to run may tell instead."""
LEADING = 3
"""A question is asked first where it tells about one of so many causes."""


class Headline(msgspec.Struct, frozen=True, kw_only=True):
    """A diagnosis in a sentence, and what to do next; parts that are not known are empty."""

    sentence: str
    seen: Evidence | None = None
    """The strongest evidence of what the sentence names."""
    fix: str = ""
    label: str = "Fix"
    """What stands before the fix."""
    tried: str = ""
    """What the asker tried in vain, and that the leading cause is not mended by it."""
    step: str = ""
    """What to do next, in words."""
    command: str = ""
    """The same as a line for the terminal."""


def headline(diagnosis: Diagnosis) -> Headline:
    """Return what stands above everything else."""
    verdict = VERDICTS[diagnosis.verdict]
    seen_ones = [symptom for symptom in diagnosis.symptoms if not alike(symptom.evidence)]
    symptoms = sorted(seen_ones, key=lambda f: -SEVERITIES.index(f.severity))
    if diagnosis.verdict == "healthy" and (settled := diagnosis.settled) is not None:
        why = max(settled.evidence, key=lambda item: (bool(item.settles), item.weight))
        advice = as_sentence(why.fix or settled.advice)
        return Headline(sentence="Nothing is wrong.", seen=why, fix=advice, label="To do")
    if diagnosis.verdict == "healthy":
        seen = next((f.evidence[0] for f in diagnosis.benign if f.rule == "healthy"), None)
        also = f" Seen: {title(symptoms[0].rule)}." if symptoms else ""
        unread = any(Path(path).suffix in SCRIPTS for path in diagnosis.run.passed_over)
        scope = " in what was read" if unread else ""  # a fault may be in a file that was not
        return Headline(sentence=f"{verdict}{scope}.{also}", seen=seen)
    step, command = _next_step(diagnosis)
    lead = next((c for c in diagnosis.causes if c.proven is not False), None)
    seen = strongest(symptoms[0]) if symptoms else None
    sick = diagnosis.verdict == "sick"
    if lead is not None and sick and (lead.proven or lead.probability >= LIKELY):
        sentence = f"{verdict}: {title(lead.rule)} ({certainty(lead)})."
        seen = strongest(lead)
    else:
        # What was seen is what is asked about, not an answer to it.
        sentence = f"{verdict}: {title(symptoms[0].rule)}." if sick and symptoms else f"{verdict}."
        named = lead is not None and not (alike(lead.evidence) or lead.usual)
        least = OPEN if lead is not None and lead.guess else SUSPECTED
        if lead is not None and lead.probability >= least and named:
            sentence += f" First suspect: {title(lead.rule)} ({certainty(lead)})."
            seen = seen if sick else strongest(lead)
        elif sick:
            lead, sentence = None, f"{sentence} Its cause is not known yet."
        else:
            lead = None
            if symptoms:
                sentence += f" Seen: {title(symptoms[0].rule)}."
            elif diagnosis.verdict == "cannot_tell":
                sentence = f"{verdict}: {_what_is_missing(diagnosis.run)}."
    return Headline(
        sentence=sentence,
        seen=seen,
        fix=fix(lead) if lead else "",
        label=remedy_label(lead) if lead else "Fix",
        tried=_tried(diagnosis.run, lead) if lead else "",
        step=step,
        command=command,
    )


FEW_EPOCHS = 5


def _what_is_missing(run: Run) -> str:
    """Return in a clause why nothing can be told of a run in which nothing was seen."""
    epochs = max((len(c) for c in run.curves.values()), default=0)
    if not epochs:
        if _without_curves(run) == UNREAD:
            return "the rows of numbers name no figure: write what each column is above them"
        if run.script is not None:
            return "nothing in the code that was read is known to be wrong, and no figures are here"
        return (
            "neither the figures of each epoch nor the code are here, and the words fit many causes"
        )
    if epochs < FEW_EPOCHS:
        return f"{epochs} epoch{'s are' if epochs > 1 else ' is'} too few to judge a training by"
    if not any(name.startswith("val_") for name in run.curves):
        return "training figures alone are here, and they fit several causes"
    return "these figures alone show no fault that is known"


DEGREES = ((0.9, "very likely"), (LIKELY, "likely"), (SUSPECTED, "possible"), (0.0, "unlikely"))
"""Least probability -> the word for it, the greatest first."""


def certainty(cause: Cause) -> str:
    """Return how sure a cause is, in words, and what says so."""
    if cause.proven:
        return "proven by experiment"
    if cause.guess:
        return "only a guess, from your words"
    if cause.usual:
        return "a usual reason; nothing of it was seen here"
    if in_code(cause):
        return f"it stands in {source_of(cause)}"
    degree = next(word for least, word in DEGREES if cause.probability >= least)
    return f"{degree}, by {source_of(cause)}"


def in_code(cause: Cause) -> bool:
    """Return whether code or settings show a cause so plainly that no figure is needed."""
    return strongest(cause).read_from == "code" and cause.probability >= SURE_ENOUGH


def source_of(cause: Cause) -> str:
    """Return what the strongest evidence of a cause was read from, in words of its asker."""
    seen = strongest(cause)
    if seen.answer is not None:
        return "your answers"
    if seen.read_from == "code":
        return "your code" if seen.line else "your settings"
    if seen.read_from is not None:
        return f"your {'code and ' * bool(seen.line)}{seen.read_from}"
    return "your code and what you report" if seen.line else "what you report"


def strongest(found: Cause | Finding) -> Evidence:
    return max(found.evidence, key=lambda item: item.weight)


TOLD = 0.5
"""From which probability on a situation is named as what a cause explains."""


def explained(diagnosis: Diagnosis, cause: Cause) -> str:
    """Return the symptom that a cause explains, in words; empty where none is known."""
    if cause.explains:
        return ", ".join(map(title, cause.explains))
    run = diagnosis.run
    here = where(run, classes(run), run.answers.get("what_happens"))
    told = here.trouble and here.shares[here.likeliest] >= TOLD
    likeliest = SITUATIONS[here.likeliest]
    return likeliest.explained if told and cause.rule in likeliest.causes else ""


def remedy_label(cause: Cause) -> str:
    """Return what stands before the fix of a cause: below even odds it is something to try."""
    return "Fix" if cause.proven or cause.probability >= LIKELY else "Try"


def place(run: Run, line: int) -> str:
    """Return where a line of the code of a run stands, in words."""
    return run.script.place(line) if run.script is not None else f"line {line}"


def fix(cause: Cause) -> str:
    """Return what to change, as a sentence; empty where nothing is known."""
    if cause.reason:
        return as_sentence(cause.reason)
    return as_sentence(cause.advice or (cause.remedies[0].sentence if cause.remedies else ""))


def how_counted(count: Counted) -> str:
    """Return how a cause was shown or ruled out without a training."""
    how = "counting" if count.by == "counting" else "one evaluation"
    return f"{'Shown' if count.present else 'Ruled out'} by {how}"


def chance_of_help(verdict: Verdict) -> str:
    """Return how probable it is that removing the cause helps, by an experiment; may be empty."""
    if verdict.helps_probability is None:
        return ""
    experiment = verdict.experiment
    if verdict.measure == "mean":
        better = f"{outcome_words(experiment.outcome)} by {experiment.smallest_difference:g}"
    else:
        better = f"the share of trainings that learn by {experiment.smallest_rate_difference:.0%}"
    return (
        f"By these trials alone, removing {title(experiment.cause)} improves {better} or more with "
        f"probability {verdict.helps_probability:.0%}."
    )


def outcome_words(name: str) -> str:
    """Return the name of an outcome in words.

    >>> outcome_words("val_accuracy"), outcome_words("test_r2")
    ('validation accuracy', 'test share of variance explained')
    """
    words = name.replace("val_", "validation ").replace("r2", "share of variance explained")
    return words.replace("_", " ")


def claim(verdict: Verdict) -> str:
    """Return exactly what an experiment on a script shows, or that it cannot show it."""
    experiment, effect = verdict.experiment, verdict.effect
    removing = f"removing {title(experiment.cause)}"
    if verdict.measure == "mean":
        what, delta = outcome_words(experiment.outcome), experiment.smallest_difference
    else:
        what, delta = "the share of trainings that learn", experiment.smallest_rate_difference
    seeds = "over seeds of initialisation and order, on this split"
    if verdict.decision == "helps":
        margin = f"{effect.low:.2g} (estimate {effect.value:.2g})"
        return f"Proven: {removing} improves {what} by at least {margin}, {seeds}."
    if verdict.decision == "harms":
        margin = f"{-effect.high:.2g} (estimate {-effect.value:.2g})"
        return f"Refuted: {removing} lowers {what} by at least {margin}, {seeds}."
    if verdict.decision == "no_difference":
        return f"Equivalent: {removing} changes {what} by less than {delta:g}, {seeds}."
    return (
        f"Cannot show whether {removing} improves {what}: the interval is {effect.low:+.2g} to "
        f"{effect.high:+.2g} after {verdict.pairs} pairs. The cause may be there all the same."
    )


def changed(verdict: Verdict) -> str:
    """Return what the treated arm had changed, in words; may be empty."""
    said = next((trial.changed for trial in verdict.trials if trial.changed), "")
    return f"What was changed: {said}." if said else ""


def what_was_read(run: Run) -> str:
    """Return how much of a run is known, in a few words."""
    return ", ".join(parts_read(run))


def parts_read(run: Run) -> tuple[str, ...]:
    """Return what is known of a run, each part in a few words."""
    epochs = max((len(c) for c in run.curves.values()), default=0)
    parts = [f"{epochs} epoch{'s' * (epochs > 1)} read" if epochs else _without_curves(run)]
    if run.recipe and (run.recipe.layers or run.recipe.backbone):
        network = [run.recipe.backbone.name] if run.recipe.backbone else []
        if layers := len(run.recipe.layers):
            network.append(f"{layers} layer{'s' * (layers > 1)}")
        parts.append(" + ".join(network))
    if run.beside:
        parts.append(f"{len(run.beside)} more network{'s' * (len(run.beside) > 1)}")
    data = run.data
    if data and data.n_train:
        parts.append(f"{data.n_train} training images")
    if data and data.n_val:
        read_off = "digits" in data.origins.get("n_val", "")
        parts.append(
            f"about {data.n_val} validation images (by the digits of its accuracies)"
            if read_off
            else f"{data.n_val} validation images"
        )
    if run.left_out:
        parts.append(f"left out: {', '.join(run.left_out)}")
    return tuple(parts)


MOST_NAMES = 6


def files_read(run: Run) -> str:
    """Return which of several files were read, and which of a folder were not; "" for one file."""
    names = [Path(source).name or source for source in run.sources]
    sentences = [f"Read together: {listed(names)}."] if len(names) > 1 or run.passed_over else []
    by_reason: dict[str, list[str]] = {}
    for path, why in run.passed_over.items():
        by_reason.setdefault(why, []).append(Path(path).name)
    sentences += [f"Not read: {listed(names)} ({why})." for why, names in by_reason.items()]
    return " ".join(sentences)


def listed(names: Sequence[str]) -> str:
    """Return names with commas, the first ones where there are many."""
    more = len(names) - MOST_NAMES
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:MOST_NAMES])} and {more} more"


UNREAD = "a table that could not be read"
LEAST_ROWS = 4
"""Lines with as many numbers each that are a table, whatever its columns are."""


def _without_curves(run: Run) -> str:
    """Say that no curve is known; where rows of numbers stand in the text, that they are not read.

    >>> _without_curves(Run(not_understood=("1 2 .7 x", "2 2 .6 x", "3 2 .5 x", "4 2 .4 x")))
    'a table that could not be read'
    """
    counts = Counter(len(_NUMBERS.findall(line)) for line in run.not_understood)
    rows = max(counts.values(), default=0)
    return UNREAD if rows >= LEAST_ROWS else NO_CURVES


NO_CURVES = "no curves"
MANY, LEAST_FIGURES = 3, 2
"""Whole numbers of a line that is a row of a table; figures from which on a log adds little."""


def _has_figures(run: Run) -> bool:
    """Return whether figures were given, which a question parts better than more of them.

    >>> _has_figures(Run(prose="stuck at 60 %")), _has_figures(Run(prose="97 % here, 75 % there"))
    (False, True)
    """
    lines = [*run.prose.split("\n"), *run.not_understood]
    figures = sum(len(_FIGURES.findall(line)) for line in lines)
    rows = any(len(_NUMBERS.findall(line)) >= MANY for line in lines)
    return figures >= LEAST_FIGURES or rows or bool(run.data and run.data.class_counts)


_FIGURES = lazy_re.compile(r"(?<![\w.])\d{0,3}\.\d{1,6}(?![\w.]\d)|(?<![\w.])\d{1,3}\s?%")


_NUMBERS = lazy_re.compile(
    r"(?<![\w.])[-+]?(?:\d{1,12}(?:\.\d{0,12})?|\.\d{1,12})(?:e[-+]?\d{1,3})?"
)


def diagnose_again(run: Run, *more: str) -> str:
    """Return the command that diagnoses the same sources again, with more; empty without any.

    What was corrected by hand is corrected in it.
    Standard input cannot be read twice: the dots stand for what gave the text.
    """
    if not run.sources:
        return ""
    piped = "... | " if STANDARD_INPUT in run.sources else ""
    by_hand = (f"--set {shlex.quote(f'{name}={said}')}" for name, said in run.corrected.items())
    return f"{piped}fitdoctor diagnose {' '.join([as_given(run), *by_hand, *more])}"


def as_given(run: Run) -> str:
    """Return the sources as they were given, so that a shell takes them for files."""
    given = run.given or run.sources
    hyphened = (s if s[:1] != "-" or s == STANDARD_INPUT else f"./{s}" for s in given)
    return " ".join(map(shlex.quote, hyphened))


def _next_step(diagnosis: Diagnosis) -> tuple[str, str]:
    """Return what to do next in words, and the command: prove, bring the log, answer, or read.

    It is about the leading cause where one is likely, and else about any.
    """
    run, causes = diagnosis.run, diagnosis.causes
    lead = next((c for c in causes if c.proven is not False), None)
    likely = lead is not None and bool(lead.proven or lead.probability >= LIKELY)
    suspects = [c for c in causes if not likely or c.probability >= LIKELY]
    if lead is not None and likely and (lead.proven or not can_be_proven(run, lead)):
        again = _check_again(run, lead)
        following = next((c for c in suspects if c.proven is None and can_be_proven(run, c)), None)
        if again and not (lead.proven and following):
            return again
    testable = next((c for c in suspects if c.proven is None and can_be_proven(run, c)), None)
    if testable is not None:
        first = "apply the fix; the next suspect" if causes[0].proven else title(testable.rule)
        return (
            f"{first} can be tested by training with and without it on {SEEDS} seeds",
            f"fitdoctor prove {as_given(run)} --cause {testable.rule} --seeds {SEEDS}",
        )
    question = _question(diagnosis)
    by_hand = question is not None and bool(question.how) and any(not c.usual for c in causes)
    no_log = HOW_TO_SUPPLY["loss"] in diagnosis.bring or run.words_alone
    no_log = no_log and bool(run.sources)
    if diagnosis.verdict != "sick" and no_log and _without_curves(run) != NO_CURVES:
        return COLUMNS, diagnose_again(run)
    if diagnosis.verdict != "sick" and no_log and not by_hand and not _has_figures(run):
        return NUMBERS, diagnose_again(run, "train.log")
    sure = lead is not None and (lead.probability >= SURE_ENOUGH or (likely and _shown(lead)))
    if question is not None and not sure:
        return _asked(run, question)
    if sure and (open_one := _about_another(diagnosis)):
        return _asked(run, open_one)
    if lead is not None and likely:
        return _mended(run, lead) or (_after_the_fix(run, lead), "")
    if question is not None:
        return _asked(run, question)
    return f"bring {diagnosis.bring[0]}" if diagnosis.bring else "", ""


SHOWN = 0.8


def _shown(lead: Cause) -> bool:
    """Return whether a line of code shows a cause, so that asking for it tells nothing new."""
    return strongest(lead).line is not None and lead.probability >= SHOWN


def _after_the_fix(run: Run, lead: Cause) -> str:
    """Return what shows whether a fix helped, as far as it is at hand."""
    known = classes(run)
    check = CHECKS.get(lead.rule)
    stuck = bool(known and NOT_LEARNING & set(lead.explains) and _is_cross_entropy(run, known))
    if check is not None and stuck and not check.line:
        check = None
    if check is not None and (known or "%K" not in check.words):
        loss = f"{math.log(known):.2f}" if known else ""
        words = check.words.replace("%K", str(known)).replace("%LN", loss)
        line = check.torch if run.in_pytorch and check.torch is not None else check.line
        line = line if run.in_pytorch or _in_keras(run) else ""
        line = in_own_names(line, run.script.text) if line and run.script else line
        return f"apply the fix; {words}{f': `{line}`' if line else ''}"
    if stuck and known:
        return (
            f"apply the fix and train one epoch: its loss must end below ln {known} = "
            f"{math.log(known):.2f}, that of a guess"
        )
    return f"apply the fix, train again{', and compare the two logs' if run.curves else ''}"


def _in_keras(run: Run) -> bool:
    script, recipe = run.script, run.recipe
    by_script = script is not None and (
        script.framework in {"keras", "tf.keras", "tensorflow"}
        or (script.framework is None and bool(script.fit or script.compile))
    )
    return by_script or (recipe is not None and recipe.keras is not None)


def _tried(run: Run, lead: Cause) -> str:
    """Return what the asker tried in vain that does not mend the leading cause; may be empty."""
    if lead.guess or lead.usual or not in_code(lead):
        return ""  # of what curves show, such changes are remedies as well
    mends = next((rule.helped_by for rule in all_rules() if rule.name == lead.rule), ())
    said = (c.predicate.removeprefix(IN_VAIN) for c in run.claims if c.is_evidence
            and c.predicate.startswith(IN_VAIN))  # fmt: skip
    named = [TRIED[change] for change in dict.fromkeys(said) if change not in mends
             and change in TRIED]  # fmt: skip
    if not named:
        return ""
    return f"What you tried ({', '.join(named[:MOST_TRIED])}) does not change this."


MOST_TRIED = 4


def _is_cross_entropy(run: Run, number: int) -> bool:
    """Return whether a network that knows nothing has a loss of the logarithm of `number`."""
    loss = (run.recipe.loss if run.recipe else None) or ""
    return number > 1 and ("categorical" in loss or (loss.startswith("binary") and number == 2))


NOT_LEARNING = frozenset(
    {"never_learned", "constant_output", "loss_became_nan", "loss_diverged", "exploding_gradient"}
)
"""Symptoms of which one epoch shows whether they are gone."""


def _mended(run: Run, cause: Cause) -> tuple[str, str] | None:
    """Return how to make the change that mends a script, where one was found."""
    scripts = [s for s in run.sources if Path(s).suffix in SCRIPTS and Path(s).is_file()]
    if len(scripts) != 1 or not cause.reason:
        return None
    script = scripts[0] if scripts[0][:1] != "-" else f"./{scripts[0]}"
    return (
        "make the change and train again; this shows it whole, and makes it with --write",
        f"fitdoctor fix {shlex.quote(script)}",
    )


def _question(diagnosis: Diagnosis) -> Question | None:
    """Return the question to ask first: the best about a leading cause, or about any."""
    leading = {
        cause.rule
        for cause in diagnosis.causes[:LEADING]
        if not (cause.usual or cause.guess) and cause.probability >= SUSPECTED
    }
    asked = [q for q in diagnosis.questions if leading & set(q.separates) or not leading]
    if diagnosis.run.curves:  # which of these it is the figures show
        asked = [q for q in asked if q.id != "what_happens"]
    if not asked:
        return None
    # What one line of code prints is sooner and surer answered than what has to be judged.
    by_line = (q for q in asked if q.how and q.bits >= asked[0].bits * WORTH)
    return next(by_line, next(iter(asked), None))


def _about_another(diagnosis: Diagnosis) -> Question | None:
    """Return a question that a line of code answers, about a cause that is neither sure nor out."""
    open_ones = {
        c.rule
        for c in diagnosis.causes
        if SUSPECTED <= c.probability < SURE_ENOUGH and strongest(c).read_from != "code"
    }
    pointed = (q for q in diagnosis.questions if open_ones & set(q.points_to.values()))
    return next((q for q in pointed if q.how), None)


def _asked(run: Run, question: Question) -> tuple[str, str]:
    """Return a question in words, with what its answers point to, and the command that answers."""
    asked = question.text[:1].lower() + question.text[1:] if question.how else question.text
    how = in_own_names(question.how, run.script.text) if run.script else question.how
    step = f"run `{how}`: {asked}" if how else asked
    points = question.points_to
    told = len(set(points.values())) > 1
    named = [f"{title(a)} ({title(points[a])})" if told and a in points else title(a)
             for a in question.answers]  # fmt: skip
    step += f" ANSWER: {', '.join(named[:-1])} or {named[-1]}."
    if not told and question.separates:
        step += f" It tells of: {title(question.separates[0])}."
    if STANDARD_INPUT in run.sources:
        step += " Then give the same text again."
    given = [f"--answer {shlex.quote(f'{n}={a}')} " for n, a in run.answers.items()]
    several = any("_" in answer for answer in question.answers)
    put = '"ANSWER"' if several else "ANSWER"
    return step, diagnose_again(run, f"{''.join(given)}--answer {question.id}={put}")


def _check_again(run: Run, cause: Cause) -> tuple[str, str] | None:
    """Return how to check a fix that no experiment makes, of a run that can be trained again."""
    if run.recipe is None or run.recipe.images is None or len(run.sources) != 1:
        return None
    fixed = f"apply the fix of {title(cause.rule)}"
    if cause.rule in {finding.rule for finding in run.image_findings or ()}:
        images = run.recipe.images
        return f"{fixed}, then look at the images again", f"fitdoctor audit {shlex.quote(images)}"
    recipe = shlex.quote(f"{run.sources[0].rstrip('/')}/recipe.toml")
    return f"{fixed}, then train again and compare the runs", f"fitdoctor train {recipe}"
