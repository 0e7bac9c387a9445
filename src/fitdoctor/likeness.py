"""Which cause the words of a question are like: a regression on questions of known cause.

People describe one fault in ever new words, more than patterns can list. Multinomial logistic
regression on the first letters of words (term frequency times inverse document frequency; Salton &
Buckley 1988), fitted by `python -m benchmarks.likeness` on the questions of this project's tests.
It says what words are like, not what is so: it names a cause only as a hint.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

NO_TROUBLE = frozenset({"healthy", "nothing"})
"""Columns beside the causes: nothing is wrong, or nothing is told of it."""
LETTERS = 5
LEAST_WORDS = 8
"""Fewer words say too little."""
_WORD = re.compile(r"[^\W\d_]{2,}")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]+")
MOST_CHARACTERS = 20_000
STORED = Path(__file__).with_name("likeness.npz")


class Model(NamedTuple):
    """One column a cause; those of `NO_TROUBLE` are columns, too."""

    words: dict[str, int]
    causes: tuple[str, ...]
    rarity: NDArray[np.float64]
    weights: NDArray[np.float64]
    """Words x causes."""
    intercepts: NDArray[np.float64]

    def scores(self, counts: Mapping[str, int]) -> NDArray[np.float64]:
        """Return one score a cause for the terms of a text."""
        return row(counts, self.words, self.rarity) @ self.weights + self.intercepts


class Likeness(NamedTuple):
    """A cause, and how likely it is by the words."""

    cause: str
    probability: float


def likeness(prose: str) -> tuple[Likeness, ...]:
    """Return every known cause by how likely the words of a question make it, the likeliest first.

    `()` for fewer than eight words. The probabilities sum to one.

    >>> likeness("too few words")
    ()
    """
    return _likeness(prose[:MOST_CHARACTERS])


@lru_cache(maxsize=64)
def _likeness(prose: str) -> tuple[Likeness, ...]:
    counts = Counter(terms(prose))
    if counts.total() < LEAST_WORDS:
        return ()
    model = fitted()
    shares = probabilities(model.scores(counts))
    return tuple(Likeness(model.causes[i], float(shares[i])) for i in np.argsort(-shares))


def probabilities(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the softmax of scores."""
    shares = np.exp(scores - scores.max())
    return np.asarray(shares / shares.sum())


def terms(prose: str) -> Iterator[str]:
    """Yield the beginnings of words; pairs of characters where a script has no spaces."""
    text = prose.lower()
    for word in _WORD.findall(_UNSPACED.sub(" ", text)):
        yield word[:LETTERS]
    for run in _UNSPACED.findall(text):
        yield from (run[i : i + 2] for i in range(len(run) - 1))


def row(
    counts: Mapping[str, int], words: Mapping[str, int], rarity: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the terms of a text over all known words: the known part of a vector of length one.

    Terms that are not known lengthen the text as the rarest would: it is less like anything.
    """
    values = np.zeros(len(rarity))
    rarest, unknown = float(rarity.max()), 0.0
    for term, count in counts.items():
        if (at := words.get(term)) is not None:
            values[at] = (1 + np.log(count)) * rarity[at]
        else:
            unknown += ((1 + np.log(count)) * rarest) ** 2
    length = float(np.sqrt(values @ values + unknown))
    return values / length if length else values


@cache
def fitted() -> Model:
    """Return the model that comes with the package."""
    with np.load(STORED) as kept:
        words = {str(word): at for at, word in enumerate(kept["words"])}
        causes = tuple(str(cause) for cause in kept["causes"])
        return Model(
            words, causes, kept["rarity"].astype(np.float64),
            kept["weights"].astype(np.float64) * kept["scale"], kept["intercepts"],
        )  # fmt: skip
