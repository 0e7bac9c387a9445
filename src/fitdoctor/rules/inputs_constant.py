"""Every input is the same number.

## Why it matters
Python 2 divides integers without a rest: 0..254 / 255 is 0 everywhere, and only pure white
survives. The network sees black images; the loss stands still from the second batch on.

## How it is measured
From the script: unsigned integers divided (`/` under Python 2, `//` anywhere) by 255 or more,
without a cast to float before.

## What to try
`x.astype("float32") / 255`
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import feeding, with_script
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import Script, Statement, stated
from fitdoctor.rule import Rule


def inputs_constant(
    script: Script, statements: tuple[Statement, ...] | None = None
) -> Iterator[Evidence]:
    version = stated(statements, "python_version")
    python_2 = script.python_2 or (version is not None and version.sentence.startswith("2"))
    for feed in script.fed("train"):
        whole = False
        for operation in feed.inputs.operations:
            if operation.name == "cast":
                whole = "int" in str(operation.value)
            divides = operation.name == "scale" and isinstance(operation.value, float)
            small = divides and 0 < operation.value <= 1 / 128
            floored = operation.name == "floor_divide" and (operation.value or 0) >= 128
            if floored or (small and whole and python_2):
                yield Evidence(
                    sentence="Whole numbers 0..255 are divided without a rest: nearly every pixel "
                    "becomes 0.",
                    weight=6.0,
                    line=operation.line,
                )
                return


RULE = Rule(
    code="S316",
    check=inputs_constant,
    kind="cause",
    severity="error",
    prior=0.005,
    explains={"constant_output": 0.6, "never_learned": 0.6},
    advice="cast to float32 before dividing",
    clear="no integer division of pixels is shown",
    sick=(
        with_script(
            python_2=True, feeds=(feeding("train", ("cast", "uint8"), ("scale", 1 / 255)),)
        ),
        with_script(feeds=(feeding("train", ("floor_divide", 255)),)),
    ),
    healthy=(with_script(feeds=(feeding("train", ("cast", "uint8"), ("scale", 1 / 255)),)),),
)
