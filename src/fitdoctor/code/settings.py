"""Settings that a script keeps by name: options of its command line, flags, namespaces."""

from __future__ import annotations

import re

from fitdoctor import lazy_re
from fitdoctor.code.values import UNKNOWN, Data, Module, Namespace, Value

NAMESPACES = frozenset(
    {"SimpleNamespace", "Namespace", "EasyDict", "edict", "AttrDict", "Munch", "DotDict",
     "ConfigDict"}
)  # fmt: skip
OPTIONS = lazy_re.compile(
    r"(?:self\.)?_?(?:args?|opts?|options|flags|hparams|hps?|conf(?:ig)?|cfg|params)$|\w{0,60}\.?FLAGS$",
    re.IGNORECASE,
)
"""Names that people give to what the command line gave."""
_SWITCHES = {"store_true": False, "store_false": True}
_TYPES = {"int": int, "float": float}


def option(method: str, arguments: list[Value], keywords: dict[str, Value]) -> dict[str, Value]:
    """Return an option's name and default: argparse's `add_argument`, or a flag of absl."""
    names = [a for a in arguments[:1] if isinstance(a, str)]
    if method == "add_argument":
        names = [a for a in arguments if isinstance(a, str)]
        names = [n for n in names if n.startswith("--")] or names
    if not names:
        return {}
    given = keywords.get("dest", names[0].lstrip("-").replace("-", "_"))
    rest = arguments[1:2] if method != "add_argument" else []
    default = keywords.get("default", rest[0] if rest else UNKNOWN)
    if default is UNKNOWN:
        default = _SWITCHES.get(str(keywords.get("action")), UNKNOWN)
    return {str(given): _of_type(default, keywords.get("type"))}


def _of_type(value: Value, kind: Value) -> Value:
    name = kind.origin if isinstance(kind, Data) else kind.name if isinstance(kind, Module) else ""
    make = _TYPES.get(name)
    if make is None or not isinstance(value, str):
        return value
    try:
        return make(value)
    except ValueError:
        return UNKNOWN


def namespace(arguments: list[Value], keywords: dict[str, Value]) -> Namespace:
    """Return what `SimpleNamespace(lr=0.1)` and `EasyDict({"lr": 0.1})` hold."""
    given = next((a for a in arguments if isinstance(a, dict)), {})
    return Namespace({str(k): v for k, v in given.items()} | keywords)
