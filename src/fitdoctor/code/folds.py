"""Which network is fitted in fold after fold without being built anew."""

from __future__ import annotations

import ast
import re

from fitdoctor import lazy_re

_FOLDS = lazy_re.compile(
    r"\b\w{0,40}(?:fold|kf|cv|skf|splitter)\w{0,40}(?:\([^()]{0,80}\))?\.split\(", re.IGNORECASE
)


def fitted_in_folds(loop: ast.For) -> int | None:
    """Return the line that fits a network in each fold which is never built anew or put back."""
    if not _FOLDS.search(ast.unparse(loop.iter)):
        return None
    made = {
        ast.unparse(n)
        for n in ast.walk(loop)
        if isinstance(n, ast.Name | ast.Attribute) and isinstance(n.ctx, ast.Store)
    }
    reset = any(
        isinstance(n, ast.Attribute)
        and n.attr in {"load_weights", "set_weights", "load_state_dict"}
        for n in ast.walk(loop)
    )
    for node in ast.walk(loop):
        match node:
            case ast.Call(
                func=ast.Attribute(value=(ast.Name() | ast.Attribute()) as owner, attr="fit"),
                keywords=given,
            ):
                network = any(k.arg in {"epochs", "nb_epoch", "batch_size"} for k in given)
                if network and ast.unparse(owner) not in made and not reset:
                    return node.lineno
            case _:
                pass
    return None
