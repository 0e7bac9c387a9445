"""What has been followed of a script so far, and what each way of following builds on."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Mapping
from typing import Any

from fitdoctor.code import plain
from fitdoctor.code.arrays import Arrays
from fitdoctor.code.facts import Ledger
from fitdoctor.code.values import (
    UNKNOWN,
    CallbackValue,
    Class,
    Data,
    Encoder,
    Function,
    Loss,
    ModelValue,
    Tensor,
    Value,
)

MOST_TEXT = 400


class State:
    """The names, models and facts; the methods below are given by who follows."""

    def __init__(self) -> None:
        self.names: dict[str, Value] = {}
        self.origins: dict[str, tuple[str, int]] = {}
        self.models: list[ModelValue] = []
        self.arrays = Arrays(self._numbers)
        self.ledger = Ledger()
        self.repeated: frozenset[ast.expr] = frozenset()
        """Expressions that a loop appends the same in each of its rounds."""
        self.copied: frozenset[ast.expr] = frozenset()
        """Expressions of one variable that a round of a loop appends to the same list."""
        self.pieces: dict[ast.expr, str] = {}
        """Expressions that are appended of one file again and again, with what they are."""
        self.choosing: frozenset[ast.expr] = frozenset()
        """Draws of a class of which an image is then taken."""
        self.given: dict[int, Value] = {}
        """What the arguments of the call that is being followed stand for, by their `id`."""
        self.options: dict[str, Value] = {}
        """Defaults of the options that a command line may give."""
        self.option_origins: dict[str, tuple[str, int]] = {}
        """Calls that give these options, as they are written, and where."""
        self.batches: dict[int, Data] = {}
        """Images with their labels that calls give, by line."""
        self.callbacks: list[CallbackValue] = []
        self.stars: set[str] = set()
        """Modules of which everything was imported."""
        """Those that are made, each once however many functions give it on."""
        self.asked = 0
        """Expressions that were followed so far."""
        self.yielded: Value = UNKNOWN
        """What the generator function that was followed last yields."""
        self.scored: tuple[Loss, Value] | None = None
        """The loss that the script calls itself, and what it is called on."""
        self.fields_read: frozenset[str] = frozenset()
        """Attributes that the script reads anywhere."""
        self.shuffled: set[str] = set()
        """Names of what was shuffled in place, wherever it was made."""
        self.thrown_away: list[tuple[str, Data]] = []
        """Results of arithmetic that no name is given, with their source."""
        self.lent: list[tuple[ModelValue, ast.Call]] = []
        """Networks that functions or classes are given which are not shown, with the calls."""
        self.loose: dict[str, Value] = {}
        """Layers that an excerpt without its class gives to `self`."""
        self.own_steps: Mapping[int, str] = {}
        """Lines of classes whose `train_step` trains as Keras does, and the loss that it names."""
        self.longest = Tensor()
        """The longest chain of layers applied so far, for fragments that show no Model."""

    def _numbers(self, node: ast.expr) -> Value:
        """Return the number, the list of numbers or what makes a scaler, under a name."""
        root = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if not isinstance(root, ast.Name):
            return None  # to follow a call again would count what it does twice
        held = self.names.get(node.id) if isinstance(node, ast.Name) else self.value(node)
        if isinstance(held, Encoder):
            return self.origins.get(ast.unparse(node), ("", 0))[0]
        number = isinstance(held, (bool, int, float))
        return held if number or plain.of_numbers(held) else None

    def with_numbers(self, name: str, value: Value) -> Value:
        """Return what a name stands for, with the numbers that it holds just now."""
        if not isinstance(value, Data) or value.free:
            return value
        numbers = self.arrays.under(name)
        return value if numbers is value.numbers else dataclasses.replace(value, numbers=numbers)

    def methods(self, of: Class) -> dict[str, ast.FunctionDef]:
        return {n.name: n for n in of.node.body if isinstance(n, ast.FunctionDef)}

    def handed(self, node: ast.expr) -> Value:
        """Return what an argument stands for: to follow it again would count it twice."""
        return self.given[id(node)] if id(node) in self.given else self.value(node)

    def facts(self, node: ast.Call, positional: tuple[str, ...]) -> dict[str, Any]:
        return self.ledger.facts(node, positional, self)

    def value(self, node: ast.expr) -> Value:
        """Return what an expression stands for."""
        raise NotImplementedError

    def apply(self, callee: Value, arguments: list[Value], keywords: dict[str, Value]) -> Value:
        """Return what calling a followed value gives."""
        raise NotImplementedError

    def bind(self, target: ast.expr, value: Value, source: ast.expr) -> None:
        """Give a value to a name, or to the parts of a target."""
        raise NotImplementedError

    def call_function(
        self, function: Function, arguments: list[Value], keywords: dict[str, Value]
    ) -> Value:
        """Follow a function of the script with these arguments."""
        raise NotImplementedError

    def instance(self, of: Class, arguments: list[Value], keywords: dict[str, Value]) -> Value:
        """Return an object of a class of the script."""
        raise NotImplementedError
