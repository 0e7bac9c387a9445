"""What sentences say that the code beside them shows otherwise: code outranks prose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from fitdoctor.records.claim import Claim
from fitdoctor.records.flow import pairs
from fitdoctor.records.run import Script


def outranked(said: Sequence[Claim], script: Script | None) -> list[Claim]:
    """Return claims; those that the script contradicts are no evidence of what it does.

    What is not so there is a supposition; what comes of another rate is of that trial.
    """
    if script is None:
        return list(said)
    trials = _with_another_rate(said, script)
    return [_as_code_has_it(claim, script, trials) for claim in said]


def _as_code_has_it(claim: Claim, script: Script, trials: Mapping[str, float]) -> Claim:
    other = _OTHERWISE.get(claim.predicate)
    if claim.exact or not claim.is_evidence:
        return claim
    if other is not None and other(script):
        return replace(claim, certainty="supposed")
    if claim.predicate in _OUTCOMES and (rate := trials.get(claim.sentence)) is not None:
        tried = replace(claim.subject, experiment=f"a learning rate of {rate:g}")
        return replace(claim, time="after", subject=tried)
    return claim


_OUTCOMES = frozenset({"is_nan", "loss_nan", "loss_explodes", "loss_does_not_fall", "learns"})
"""What may come of a rate."""
FAR = 1.5


def _with_another_rate(said: Sequence[Claim], script: Script) -> Mapping[str, float]:
    """Return the sentences that speak of a rate which is not the one of the code."""
    optimizer = script.recipe.optimizer
    own = optimizer.learning_rate if optimizer is not None else None
    if not isinstance(own, float) or own <= 0:
        return {}
    rates: dict[str, list[float]] = {}
    for claim in said:
        if claim.predicate == "learning_rate" and claim.value:
            rates.setdefault(claim.sentence, []).append(claim.value)
    return {
        sentence: given[0]
        for sentence, given in rates.items()
        if all(max(rate / own, own / rate) > FAR for rate in given)
    }


def _reads_two_sets(script: Script) -> bool:
    """Return whether validation images are shown to come from elsewhere than training images."""
    fed = [(a.inputs, b.inputs) for a, b in pairs(script, "validation")]
    return bool(fed) and all(
        a.shown and b.shown and None not in {a.origin, b.origin} and a.origin != b.origin
        for a, b in fed
    )


_OTHERWISE: Mapping[str, Callable[[Script], bool]] = {"same_data_for_both": _reads_two_sets}
"""What may be said -> whether a script shows that it is not so."""
