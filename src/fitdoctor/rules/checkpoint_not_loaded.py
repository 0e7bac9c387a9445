"""Weights that should be loaded are not: their names fit no layer.

## Why it matters
`load_state_dict(..., strict=False)` leaves aside every key that the network does not have, and
every layer that the file does not have. Where no name fits, nothing is loaded and nothing fails: a
network at its initial weights is evaluated. DataParallel puts "module." before every name.

## How it is measured
From what is printed behind the load: keys that are missing beside keys that are unexpected, by
their numbers or their names, in a comment of the script or in the output.

## What to try
Load with `strict=True`; strip what is before the names, or save `model.module.state_dict()`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fitdoctor.cases import saying, with_script
from fitdoctor.records.claim import Claim, stated
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Call, Fact, Printout, Script
from fitdoctor.rule import Rule

LEAST_WHOLE = 10
"""Names that a new head does not come to."""
STRIP = "{k.removeprefix('module.'): v for k, v in state.items()}"


def checkpoint_not_loaded(
    script: Script | None = None, claims: tuple[Claim, ...] | None = None
) -> Iterator[Evidence]:
    shown = script.printouts if script is not None else ()
    missing, unexpected = (_keys(shown, f"{name}_keys") for name in ("missing", "unexpected"))
    wrapped = any("'module." in p.output or '"module.' in p.output for p in shown)
    if missing and unexpected:
        call = next(iter(script.called("load_state_dict")), None) if script is not None else None
        loose = call is not None and call.arguments.get("strict") is not None
        whole = min(missing, unexpected) >= LEAST_WHOLE
        state = ", and the network is as it was initialised" if whole else ""
        names = " In the file names begin with 'module.', as DataParallel has them."
        yield Evidence(
            sentence=f"{missing} keys are missing and {unexpected} are unexpected: these weights "
            f"were not loaded{state}.{names if wrapped else ''}"
            + (" strict=False hides it." if loose else ""),
            weight=7.0 if whole or wrapped else 1.0,
            severity=None if whole or wrapped else "note",
            line=call.line if call is not None else None,
            fix=f"load {STRIP}, with strict=True"
            if wrapped
            else "load with strict=True, and make the names agree",
        )
        return
    told = stated(claims, "state_dict_keys_differ")
    if told is not None and told.exact:
        yield Evidence(
            sentence=f"\u201c{told.sentence[:160]}\u201d: these layers were not loaded.",
            weight=5.0,
            fix=f"load {STRIP}, with strict=True" if "module." in told.sentence else "",
        )


def _keys(shown: tuple[Printout, ...], name: str) -> int:
    """Return how many keys of a kind are printed: their number, or how many names are shown."""
    for one in shown:
        if name not in one.expression:
            continue
        if one.expression.startswith("len(") and one.output.isdigit():
            return int(one.output)
        if names := re.findall(r"['\"][\w.]+['\"]", one.output):
            return len(names)
    return 0


def _loading(missing: str, unexpected: str) -> dict[str, Any]:
    told = {"strict": Fact("False", False, 4)}
    return {
        "calls": (Call(name="load_state_dict", arguments=told, line=4),),
        "printouts": (
            Printout("len(found.missing_keys)", missing, 5),
            Printout("len(found.unexpected_keys)", unexpected, 5),
        ),
    }


RULE = Rule(
    code="FD341",
    check=checkpoint_not_loaded,
    kind="cause",
    severity="error",
    prior=0.01,
    any_of=("script", "claims"),
    advice="load with strict=True, and make the names agree",
    clear="no key is printed that was not loaded",
    clear_with=("script",),
    sick=(with_script(**_loading("62", "62")), with_script(**_loading("40", "38"))),
    healthy=(
        with_script(**_loading("0", "0")),
        with_script(**_loading("2", "0")),
        saying("pretrained"),
    ),
)
