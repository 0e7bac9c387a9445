"""Fit which cause and which situation words are like, and say out of fold how often that is right.

    python -m benchmarks.likeness          # fit, print, write src/fitdoctor/likeness.npz
    python -m benchmarks.likeness --check  # only print

The texts are the prose of `tests/questions`, the lines of `tests/words` and the pages of the rules;
and `tests/told`, real questions retold in other words, of which each says its situation and those
of known cause that, too. A fold is a set of questions that were written together (of those retold,
the questions of one place); what one set taught is measured on others.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from fitdoctor import rules, sources
from fitdoctor.likeness import (
    LEAST_WORDS,
    NO_TROUBLE,
    NOTHING,
    STORED,
    Model,
    claimed,
    probabilities,
    row,
    terms,
)
from fitdoctor.sources._format import Page
from fitdoctor.sources._page import read_page
from fitdoctor.sources._text import clean_lines
from fitdoctor.stats.proportions import wilson

ROOT = Path(__file__).parents[1]
QUESTIONS, LINES, RETOLD = (ROOT / "tests" / name for name in ("questions", "words", "told"))
PENALTY, LEAST_TEXTS, FOLDS = 0.1, 2, 8
OTHER = 0.3
REAL = "told "
"""How the sets begin that real people asked: probabilities are to be right on these."""


class Text(NamedTuple):
    """Words, the right columns with their shares, and the set it was written in."""

    words: Counter[str]
    right: Mapping[str, float]
    set: str
    weight: float = 1.0


Scored = tuple[NDArray[np.float64], Model, Text]
"""Scores of a question, by a model that has not seen its set."""


def of_causes() -> Iterator[Text]:
    """Yield the questions of known cause with enough words, then each rule's page as one text more.

    Questions under `words` are one line each: right answers, a colon, the words.
    """
    for path in sorted(QUESTIONS.glob("*.txt")):
        head, _, asked = path.read_text().partition("\n\n")
        first = re.search(r"^first: (.+)$", head, re.MULTILINE)
        words = read(asked)
        if first and words:
            yield Text(words, _alike(first[1].split()), re.sub(r"-\d+$", "", path.stem))
    for path in sorted(LINES.glob("*.txt")):
        for line in path.read_text().splitlines():
            right, _, asked = line.partition(": ")
            yield Text(read(asked), _alike(right.split()), f"words {path.stem}")
    known = {rule.name for rule in rules.all_rules()} | NO_TROUBLE
    for told in _retold():
        right = ["healthy"] if told["healthy"] else [c for c in told["causes"] if c in known]
        if right:
            yield Text(read(told["text"]), _alike(right), f"{REAL}{told['repo']}")
    yield from pages()


def of_situations() -> Iterator[Text]:
    """Yield the retold questions by their situation; others that fit as well count for less."""
    for told in _retold():
        others = [name for name in told["also"] if name != "none"]
        shares = dict.fromkeys(others, OTHER) | {told["situation"]: 1.0}
        total = sum(shares.values())
        right = {NOTHING if s == "none" else s: p / total for s, p in shares.items()}
        yield Text(read(told["text"]), right, f"{REAL}{told['repo']}")


def _alike(names: Sequence[str]) -> dict[str, float]:
    return dict.fromkeys(names, 1 / len(names))


def _retold() -> Iterator[dict[str, Any]]:
    for path in sorted(RETOLD.glob("*.jsonl")):
        for told in map(json.loads, path.read_text().splitlines()):
            yield told | {"text": " ".join(sentence for sentence, _ in told["sentences"])}


@cache
def read(asked: str) -> Counter[str]:
    """Return the terms of a page's prose and of what is claimed there; none of too few words."""
    (run, *_) = read_page(Page(clean_lines(asked)), "question", sources.all_formats())
    words = Counter(terms(run.prose))
    if words.total() < LEAST_WORDS:
        return Counter()
    return words + Counter(set(claimed(run.claims)))


def pages() -> Iterator[Text]:
    for rule in rules.all_rules():
        why, _, rest = rule.page.partition("## How it is measured")
        told = f"{why} {rest.partition('## What to try')[2]} {rule.advice}"
        yield Text(Counter(terms(told)), {rule.name: 1.0}, "pages")


class Vocabulary(NamedTuple):
    """Terms with their columns, and how much rarer than all each is."""

    words: dict[str, int]
    rarity: NDArray[np.float64]


def vocabulary(given: Sequence[Text]) -> Vocabulary:
    """Return the terms that at least `LEAST_TEXTS` of the texts have."""
    seen = Counter(word for text in given for word in text.words)
    kept = sorted(word for word, n in seen.items() if n >= LEAST_TEXTS)
    rarity = np.array([1 + np.log((1 + len(given)) / (1 + seen[word])) for word in kept])
    return Vocabulary({word: at for at, word in enumerate(kept)}, rarity)


def fit(given: Sequence[Text], known: Vocabulary | None = None, temperature: float = 1.0) -> Model:
    """Fit by penalised maximum likelihood; rare columns weigh as much as common ones."""
    from scipy import sparse
    from scipy.optimize import minimize  # takes half a second

    words, rarity = known or vocabulary(given)
    columns = tuple(sorted({name for text in given for name in text.right}))
    truth = np.array([[text.right.get(name, 0.0) for name in columns] for text in given])
    x = sparse.csr_array(np.array([row(text.words, words, rarity) for text in given]))
    often = truth.sum(axis=0)
    importance = (truth * (often.mean() / often)).sum(axis=1)
    size = x.shape[1], len(columns)

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
    return Model(words, columns, rarity, weights, intercepts)


def folds(given: Sequence[Text]) -> Iterator[list[int]]:
    """Yield the places of the texts of each fold: whole sets, the largest dealt out first."""
    sizes = Counter(text.set for text in given if text.set != "pages")
    dealt: list[set[str]] = [set() for _ in range(FOLDS)]
    held = [0] * FOLDS
    for name, size in sizes.most_common():
        least = held.index(min(held))
        dealt[least].add(name)
        held[least] += size
    for names in dealt:
        if names:
            yield [at for at, t in enumerate(given) if t.set in names]


def out_of_fold(given: Sequence[Text]) -> tuple[list[Scored], float]:
    """Return the scores of every question by a model that has not seen its set, and the
    temperature at which those of real questions are as likely as they say."""
    scored: list[Scored] = []
    for left_out in folds(given):
        away = {given[at].set for at in left_out}
        model = fit([text for text in given if text.set not in away])
        scored += [(model.scores(given[at].words), model, given[at]) for at in left_out]
    grid = np.geomspace(0.2, 2.0, 41)
    real = [one for one in scored if one[2].set.startswith(REAL)]
    return scored, float(grid[np.argmin([_surprise(real, t) for t in grid])])


def _surprise(scored: Sequence[Scored], temperature: float) -> float:
    total = 0.0
    for scores, model, text in scored:
        shares = probabilities(scores / temperature)
        right = sum(shares[model.columns.index(c)] for c in text.right if c in model.columns)
        total -= np.log(max(right, 1e-6))
    return total


def report(scored: Sequence[Scored], temperature: float) -> Iterator[str]:
    told = []
    for scores, model, text in scored:
        shares = probabilities(scores / temperature)
        order = np.argsort(-shares)
        names = [model.columns[i] for i in order[:3]]
        told.append(
            (float(shares[order[0]]), names[0] in text.right, bool(set(names) & set(text.right)))
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


def store(**models: Model) -> None:
    """Write models that share a vocabulary, each under its name."""
    kept: dict[str, NDArray[Any]] = {}
    for name, model in models.items():
        scale = np.abs(model.weights).max(axis=0) / 127
        kept |= {
            "words": np.array(list(model.words)),
            "rarity": model.rarity.astype(np.float32),
            name: np.array(model.columns),
            f"{name}_weights": np.round(model.weights / scale).astype(np.int8),
            f"{name}_scale": scale.astype(np.float32),
            f"{name}_intercepts": model.intercepts.astype(np.float32),
        }
    np.savez_compressed(STORED, **kept)


def main(arguments: Sequence[str]) -> None:
    causes = list(of_causes())
    given = {"causes": causes, "situations": list(of_situations())}
    known = vocabulary(causes)
    models = {}
    for name, these in given.items():
        scored, temperature = out_of_fold(these)
        real = [one for one in scored if one[2].set.startswith(REAL)]
        print(
            f"{name}, temperature {temperature:.2f}, real questions:",
            *report(real, temperature),
            sep="\n",
        )
        if len(real) < len(scored):
            print("all:", *report(scored, temperature), sep="\n")
        if "--check" not in arguments:
            models[name] = fit(these, known, temperature)
    if models:
        store(**models)
        print(f"{len(known.words)} words")


if __name__ == "__main__":
    main(sys.argv[1:])
