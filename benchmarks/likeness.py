"""Fit what words are like which cause, and tell out of fold how often that is right.

    python -m benchmarks.likeness          # fit, print, write src/fitdoctor/likeness.npz
    python -m benchmarks.likeness --check  # only print

The texts are the prose of `tests/questions`, the lines of `tests/words` and the pages of the rules.
A fold is a set of questions that were written together; what one set taught is measured on sets
written at other times.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp

from fitdoctor import rules, sources
from fitdoctor.likeness import LEAST_WORDS, STORED, Model, probabilities, row, terms
from fitdoctor.sources._format import Page
from fitdoctor.sources._page import read_page
from fitdoctor.sources._text import clean_lines
from fitdoctor.stats.proportions import wilson

ROOT = Path(__file__).parents[1]
QUESTIONS, LINES = ROOT / "tests" / "questions", ROOT / "tests" / "words"
PENALTY, LEAST_TEXTS, SMALL_SET = 0.1, 2, 14
FOLDS_OF_OTHERS = 5
OTHERS = 0.7
"""What people write elsewhere differs more than sets of one project do: on the shared pages, which
nothing here is fitted on, scores are as likely as they say when this factor less sure."""


class Text(NamedTuple):
    """Words, the causes that are right answers, and the set it was written in."""

    words: Counter[str]
    causes: tuple[str, ...]
    set: str


Scored = tuple[NDArray[np.float64], Model, Text]
"""Scores of a question, by a model that has not seen its set."""


def texts() -> Iterator[Text]:
    """Yield the questions with enough words, and then each rule's page as one more text.

    Questions under `words` are one line each: right answers, a colon, the words.
    """
    for path in sorted(QUESTIONS.glob("*.txt")):
        head, _, asked = path.read_text().partition("\n\n")
        first = re.search(r"^first: (.+)$", head, re.MULTILINE)
        words = Counter(terms(prose_of(asked)))
        if first and words.total() >= LEAST_WORDS:
            yield Text(words, tuple(first[1].split()), re.sub(r"-\d+$", "", path.stem))
    for path in sorted(LINES.glob("*.txt")):
        for line in path.read_text().splitlines():
            right, _, asked = line.partition(": ")
            yield Text(Counter(terms(asked)), tuple(right.split()), f"words {path.stem}")
    yield from pages()


def prose_of(asked: str) -> str:
    (run, *_) = read_page(Page(clean_lines(asked)), "question", sources.all_formats())
    return run.prose


def pages() -> Iterator[Text]:
    for rule in rules.all_rules():
        why, _, rest = rule.page.partition("## How it is measured")
        told = f"{why} {rest.partition('## What to try')[2]} {rule.advice}"
        yield Text(Counter(terms(told)), (rule.name,), "pages")


def fit(given: Sequence[Text], temperature: float = 1.0) -> Model:
    """Fit by penalised maximum likelihood; rare causes weigh as much as common ones."""
    seen = Counter(word for text in given for word in text.words)
    words = {
        word: at for at, word in enumerate(sorted(w for w, n in seen.items() if n >= LEAST_TEXTS))
    }
    rarity = np.array([1 + np.log((1 + len(given)) / (1 + seen[word])) for word in words])
    causes = tuple(sorted({cause for text in given for cause in text.causes}))
    truth = np.zeros((len(given), len(causes)))
    for at, text in enumerate(given):
        for cause in text.causes:
            truth[at, causes.index(cause)] = 1 / len(text.causes)
    x = np.array([row(text.words, words, rarity) for text in given])
    often = truth.sum(axis=0)
    importance = (truth * (often.mean() / often)).sum(axis=1)
    size = x.shape[1], len(causes)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights, intercepts = flat[: size[0] * size[1]].reshape(size), flat[size[0] * size[1] :]
        scores = x @ weights + intercepts
        total = logsumexp(scores, axis=1, keepdims=True)
        off = (np.exp(scores - total) - truth) * importance[:, None]
        value = importance @ (total[:, 0] - (truth * scores).sum(axis=1))
        value += PENALTY / 2 * float((weights**2).sum())
        slope = np.concatenate([(x.T @ off + PENALTY * weights).ravel(), off.sum(axis=0)])
        return float(value), slope

    found = minimize(loss, np.zeros(size[0] * size[1] + size[1]), jac=True, method="L-BFGS-B",
                     options={"maxiter": 200})  # fmt: skip
    weights = found.x[: size[0] * size[1]].reshape(size) / temperature
    intercepts = found.x[size[0] * size[1] :] / temperature
    return Model(words, causes, rarity, weights, intercepts)


def folds(given: Sequence[Text]) -> Iterator[list[int]]:
    """Yield the places of the texts of each set; small sets are shared out over a few folds."""
    sizes = Counter(text.set for text in given if text.set != "pages")
    large = {name for name, size in sizes.items() if size >= SMALL_SET}
    for name in sorted(large):
        yield [at for at, text in enumerate(given) if text.set == name]
    others = [at for at, text in enumerate(given) if text.set not in large | {"pages"}]
    for part in range(FOLDS_OF_OTHERS):
        yield others[part::FOLDS_OF_OTHERS]


def out_of_fold(
    given: Sequence[Text],
) -> tuple[list[Scored], float]:
    """Return the scores of every question by a model that has not seen its set, and the
    temperature at which they are as likely as they say."""
    scored: list[Scored] = []
    for left_out in folds(given):
        away = set(left_out)
        model = fit([text for at, text in enumerate(given) if at not in away])
        scored += [(model.scores(given[at].words), model, given[at]) for at in left_out]
    grid = np.geomspace(0.2, 2.0, 41)
    return scored, float(grid[np.argmin([_surprise(scored, t) for t in grid])])


def _surprise(scored: Sequence[Scored], temperature: float) -> float:
    total = 0.0
    for scores, model, text in scored:
        shares = probabilities(scores / temperature)
        right = sum(shares[model.causes.index(c)] for c in text.causes if c in model.causes)
        total -= np.log(max(right, 1e-6))
    return total


def report(scored: Sequence[Scored], temperature: float) -> Iterator[str]:
    told = []
    for scores, model, text in scored:
        shares = probabilities(scores / temperature)
        order = np.argsort(-shares)
        names = [model.causes[i] for i in order[:3]]
        told.append(
            (float(shares[order[0]]), names[0] in text.causes, bool(set(names) & set(text.causes)))
        )
    n = len(told)
    first, three = sum(t[1] for t in told), sum(t[2] for t in told)
    yield f"{n} questions out of fold: first {first} ({first / n:.0%}), among three {three} ({three / n:.0%})"
    for low, high in ((0.0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.01)):
        these = [right for share, right, _ in told if low <= share < high]
        if these:
            bounds = wilson(sum(these) / len(these), len(these))
            yield (f"  said {low:.1f}-{min(high, 1.0):.1f}: {sum(these)} of {len(these)} right "
                   f"({bounds.low:.0%} - {bounds.high:.0%})")  # fmt: skip


def store(model: Model) -> None:
    scale = np.abs(model.weights).max(axis=0) / 127
    np.savez_compressed(
        STORED,
        words=np.array(list(model.words)),
        causes=np.array(model.causes),
        rarity=model.rarity.astype(np.float32),
        weights=np.round(model.weights / scale).astype(np.int8),
        scale=scale.astype(np.float32),
        intercepts=model.intercepts.astype(np.float32),
    )


def main(arguments: Sequence[str]) -> None:
    given = list(texts())
    scored, temperature = out_of_fold(given)
    print(*report(scored, temperature), sep="\n")
    if "--check" not in arguments:
        model = fit(given, temperature / OTHERS)
        store(model)
        print(
            f"temperature {temperature:.2f}; {len(model.words)} words, {len(model.causes)} causes"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
