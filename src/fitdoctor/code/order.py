"""Statements of an excerpt in the order in which they can run.

People quote the call first and what it is given afterwards: "model.fit(train_ds) ... where
train_ds = ...". In a script that runs nothing is used before it is defined, and nothing moves.
"""

from __future__ import annotations

import ast

MOST_STATEMENTS = 2000


def runnable(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return the statements, a plain assignment before the first statement that needs its name."""
    if len(body) > MOST_STATEMENTS:
        return body
    loaded, stored = [_loaded(s) for s in body], [_stored(s) for s in body]
    first_use: dict[str, int] = {}
    first_set: dict[str, int] = {}
    for index in range(len(body)):
        for name in loaded[index]:
            if name not in first_set:
                first_use.setdefault(name, index)
        for name in stored[index]:
            first_set.setdefault(name, index)
    place = {}
    for index, statement in enumerate(body):
        late = [
            first_use[name]
            for name in stored[index]
            if first_use.get(name, index) < index and first_set[name] == index
        ]
        if not late or not isinstance(statement, ast.Assign):
            continue
        # What it needs itself has to be there already and stay, or be shown nowhere.
        needs = [first_set.get(name, -1) for name in loaded[index]]
        kept = not any(set(loaded[index]) & set(stored[at]) for at in range(min(late), index))
        if max(needs, default=-1) < min(late) and kept:
            place[index] = min(late)
    if not place:
        return body
    # What moves stands just before what needs it, in the order in which it was written.
    order = sorted(range(len(body)), key=lambda i: (place.get(i, i), i not in place, i))
    return [body[i] for i in order]


def _loaded(statement: ast.stmt) -> list[str]:
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
        return []
    return [
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    ]


def _stored(statement: ast.stmt) -> list[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return [alias.asname or alias.name.partition(".")[0] for alias in names]
        case _:
            return [
                node.id
                for node in ast.walk(statement)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            ]
