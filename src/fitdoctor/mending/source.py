"""A script as a concrete syntax tree: what stands at a line, and the text with one node changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import libcst as cst
from libcst.metadata import MetadataWrapper, ParentNodeProvider, PositionProvider

Statement: TypeAlias = Any
"""A `SimpleStatementLine` or a compound statement."""
Block: TypeAlias = Any
"""A `Module` or an `IndentedBlock`."""
COMPOUND = (cst.For, cst.While, cst.If, cst.With, cst.Try, cst.FunctionDef, cst.ClassDef)


class NotPlainError(Exception):
    """The source is written in a way in which an edit cannot be made safely."""


class Source:
    """The parsed text of a script, with the place of each node."""

    def __init__(self, text: str) -> None:
        # Nothing else holds the tree, so that no copy of it is needed.
        wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
        self.module = wrapper.module
        self._positions = wrapper.resolve(PositionProvider)
        self._parents = wrapper.resolve(ParentNodeProvider)

    @staticmethod
    @lru_cache(maxsize=4)
    def of(text: str) -> Source:
        """Return the source of a text; several changes are tried on one."""
        return Source(text)

    def line(self, node: cst.CSTNode) -> int:
        """Return the line on which a node begins, counted from 1."""
        return int(self._positions[node].start.line)

    def last_line(self, node: cst.CSTNode) -> int:
        return int(self._positions[node].end.line)

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        parent: cst.CSTNode | None = self._parents.get(node)
        return parent

    def above(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """Yield what a node stands in, the innermost first."""
        parent = self.parent(node)
        while parent is not None:
            yield parent
            parent = self.parent(parent)

    def all(self, *kinds: type[Any]) -> Iterator[Any]:
        """Yield the nodes of these kinds in the order of the text."""
        stack: list[cst.CSTNode] = [self.module]
        while stack:
            node = stack.pop()
            if isinstance(node, kinds):
                yield node
            stack.extend(reversed(node.children))

    def calls(self, line: int, names: Sequence[str]) -> list[cst.Call]:
        """Return the calls of functions of these names that begin on a line."""
        found = [c for c in self.all(cst.Call) if last_name(c.func) in names]
        here = [c for c in found if self.line(c) == line]
        return here or [c for c in found if self.line(c) <= line <= self.last_line(c)]

    def statement(self, line: int) -> Statement | None:
        """Return the statement of a line: one that begins there, or a plain one that goes over it.

        `None` where several share the line, as behind a colon or a semicolon.
        """
        for one in self.all(cst.SimpleStatementLine):
            if self.line(one) <= line <= self.last_line(one):
                return one if len(one.body) == 1 else None
        return next((s for s in self.all(*COMPOUND) if self.line(s) == line), None)

    def around(self, node: cst.CSTNode, *kinds: type[Any]) -> Any:
        """Return the innermost node of these kinds that a node stands in."""
        return next((one for one in self.above(node) if isinstance(one, kinds)), None)

    def with_(self, old: cst.CSTNode, new: cst.CSTNode) -> str:
        """Return the text with one node in place of another."""
        changed = self.module.deep_replace(old, new)
        assert isinstance(changed, cst.Module)
        return str(changed.code)

    def with_block(self, block: Block, body: Sequence[Any]) -> str:
        """Return the text with other statements in a block; an empty one gets `pass`."""
        body = body or [cst.parse_statement("pass")]
        if isinstance(block, cst.Module):
            return str(block.with_changes(body=body).code)
        return self.with_(block, block.with_changes(body=body))

    def block_of(self, statement: Statement) -> Block | None:
        """Return the block that a statement stands in, one statement to a line."""
        parent = self.parent(statement)
        return parent if isinstance(parent, cst.Module | cst.IndentedBlock) else None


def last_name(node: cst.CSTNode) -> str:
    """Return the last part of a dotted name, "" for any other expression."""
    if isinstance(node, cst.Attribute):
        return str(node.attr.value)
    return str(node.value) if isinstance(node, cst.Name) else ""


def text_of(node: cst.BaseExpression) -> str:
    """Return an expression as it is written."""
    return str(cst.Module(body=[]).code_for_node(node))
