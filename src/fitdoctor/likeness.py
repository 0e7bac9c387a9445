"""Which cause, and which situation, the words of a question are like: two regressions.

People describe one fault in ever new words, more than patterns can list. Multinomial logistic
regression on the first letters of words, and on what is claimed in them, as the asker's own or not,
affirmed or denied (term frequency times inverse document frequency; Salton & Buckley 1988), fitted
by `python -m benchmarks.likeness` on the questions of this project's tests. A claim is one term for
many wordings: of real questions it did not see, the model has the right cause first in 155 of 461,
and in 134 without claims. One model has a column a cause, the other a column a situation (what is
seen, see `situations`). They say what words are like, not what is so: a cause is named by them only
as a hint.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fitdoctor import lazy_re
from fitdoctor.records.claim import Claim
from fitdoctor.stats.quantile import median

NOTHING = "nothing"
NO_TROUBLE = frozenset({"healthy", NOTHING})
"""Columns beside the causes: nothing is wrong, or nothing is told of it."""
LETTERS = 5
LEAST_WORDS = 8
"""Fewer words say too little."""
_WORD = lazy_re.compile(r"[^\W\d_]{2,}")
_UNSPACED = lazy_re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]+")
MOST_CHARACTERS = 20_000
STORED = Path(__file__).with_name("likeness.npz")


class Model(NamedTuple):
    """One column a cause or situation; those of `NO_TROUBLE` are columns, too."""

    words: dict[str, int]
    columns: tuple[str, ...]
    rarity: NDArray[np.float64]
    weights: NDArray[np.float64]
    """Words x columns."""
    intercepts: NDArray[np.float64]

    def scores(self, counts: Mapping[str, int]) -> NDArray[np.float64]:
        """Return one score a cause for the terms of a text."""
        return row(counts, self.words, self.rarity) @ self.weights + self.intercepts


class Likeness(NamedTuple):
    """A cause, and how likely it is by the words."""

    cause: str
    probability: float


def likeness(prose: str, claims: Iterable[Claim] = ()) -> tuple[Likeness, ...]:
    """Return every known cause by how likely a question's words make it, the likeliest first.

    `claims` are those that were read in these words. `()` for fewer than eight words. The
    probabilities sum to one.

    >>> likeness("too few words")
    ()
    """
    return _likeness(*_read(prose, claims))


def situations_like(prose: str, claims: Iterable[Claim] = ()) -> dict[str, float]:
    """Return how likely the words of a question make each situation, `nothing` among them.

    Empty for fewer than eight words. The probabilities sum to one.
    """
    return dict(_shares(*_read(prose, claims), "situations"))


def _read(prose: str, claims: Iterable[Claim]) -> tuple[str, tuple[str, ...]]:
    return prose[:MOST_CHARACTERS], tuple(sorted(set(claimed(claims))))


TROUBLE, FAMILIAR = 0.9, 0.8
"""Least probability that words say something is wrong, and least share of them that is known."""
MEASURED = frozenset({"acc", "accur", "loss", "epoch", "val", "overf", "nan", "准确", "精度",
                      "точно", "потер"})  # fmt: skip


def tells_of_a_training(prose: str) -> bool:
    """Return whether a text of words alone says how the training of a classifier goes wrong.

    Of 2,084 paragraphs about other software 2 in a thousand pass, of real questions 6 in ten.
    """
    told = _counts(prose[:MOST_CHARACTERS])
    words = fitted("situations").words
    familiar = sum(n for term, n in told.items() if term in words) >= FAMILIAR * told.total()
    shares = situations_like(prose)
    return (
        bool(shares) and familiar and 1 - shares[NOTHING] >= TROUBLE and bool(MEASURED & set(told))
    )


@lru_cache(maxsize=64)
def _likeness(prose: str, said: tuple[str, ...]) -> tuple[Likeness, ...]:
    found = [Likeness(*pair) for pair in _shares(prose, said, "causes")]
    return tuple(sorted(found, key=lambda one: -one.probability))


@lru_cache(maxsize=64)
def _shares(prose: str, said: tuple[str, ...], of: str) -> tuple[tuple[str, float], ...]:
    counts = _counts(prose)
    if counts.total() < LEAST_WORDS:
        return ()
    model = fitted(of)
    scores = model.scores(counts + Counter(said))
    if of == "causes":
        scores = _spoken_for(scores, model)
    shares = probabilities(scores)
    return tuple(zip(model.columns, map(float, shares), strict=True))


def _spoken_for(scores: NDArray[np.float64], model: Model) -> NDArray[np.float64]:
    """Return scores of which those of causes that no word speaks for are the median at most.

    A cause that few texts teach is likely where nothing is known of a text. Of 461 real questions
    four had such a cause first, and none of them was right.
    """
    silent = (scores <= model.intercepts) & np.array([c not in NO_TROUBLE for c in model.columns])
    return np.where(silent, np.minimum(scores, median(scores)), scores)


@lru_cache(maxsize=64)
def _counts(prose: str) -> Counter[str]:
    return Counter(terms(prose))


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


def claimed(claims: Iterable[Claim]) -> Iterator[str]:
    """Yield the terms of claims: what is said, whether denied, whether of the own training now.

    What a program printed is no word of the asker.
    """
    for claim in claims:
        if claim.exact:
            continue
        meant = f"{'' if claim.own else '~'}{'!' if claim.polarity == 'negated' else ''}"
        yield f"={meant}{claim.predicate}"
        of = claim.subject.split, claim.subject.measurement
        if any(of):
            yield f"={meant}{claim.predicate} {of[0] or ''} {of[1] or ''}"


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
def fitted(of: str = "causes") -> Model:
    """Return the model of `causes` or of `situations` that comes with the package."""
    kept, words = _stored()
    columns = tuple(str(column) for column in kept[of])
    weights = kept[f"{of}_weights"].astype(np.float64) * kept[f"{of}_scale"]
    return Model(words, columns, kept["rarity"], weights, kept[f"{of}_intercepts"])


@cache
def _stored() -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
    """Return the arrays that both models are made of, and the words that they share."""
    with np.load(STORED) as archive:
        kept = dict(archive)
    kept["rarity"] = kept["rarity"].astype(np.float64)
    return kept, {str(word): at for at, word in enumerate(kept["words"])}
