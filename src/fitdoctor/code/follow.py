"""A syntax tree to a `Script`, by following values through assignments, calls and loops.

Nothing is evaluated but literals and arithmetic on them; whatever cannot be told stays UNKNOWN.
"""

from __future__ import annotations

import ast
from typing import Any

from fitdoctor.code import calls
from fitdoctor.code.construct import construct
from fitdoctor.code.values import (
    UNKNOWN,
    Function,
    LayerList,
    LayerValue,
    Loss,
    ModelValue,
    OptimizerValue,
    Penalty,
    Tensor,
    Value,
)
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import Fact, Script

MOST_ROUNDS = 64
"""A loop with literal bounds is unrolled up to here."""
MOST_DEPTH = 8
MOST_STATEMENTS = 20_000

_COMPILE = ("optimizer", "loss", "metrics")
_FIT = ("x", "y", "batch_size", "epochs", "verbose")
_OLD_NAMES = {"nb_epoch": "epochs", "samples_per_epoch": "steps_per_epoch", "generator": "x"}


def follow(tree: ast.Module, path: str, line_offset: int = 0) -> Script | None:
    """Return what the script builds, compiles and fits; `None` where it does none of these."""
    follower = _Follower(line_offset)
    follower.block(tree.body)
    if not follower.models:
        for function in list(follower.functions.values()):
            follower.call_function(function, [], {})
    return follower.script(path)


class _Follower:
    """Walks the statements in order and keeps what each name stands for."""

    def __init__(self, line_offset: int) -> None:
        self.offset = line_offset
        self.names: dict[str, Value] = {}
        self.origins: dict[str, tuple[str, int]] = {}
        self.models: list[ModelValue] = []
        self.functions: dict[str, ast.FunctionDef] = {}
        self.old_keras = False
        self.depth = 0
        self.statements = 0
        self.returned: Value = UNKNOWN
        self.last_line = 0

    # Statements

    def block(self, body: list[ast.stmt]) -> None:
        for statement in body:
            self.statements += 1
            if self.statements > MOST_STATEMENTS:
                return
            self.last_line = max(self.last_line, statement.end_lineno or 0)
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                result = self.value(value)
                for target in targets:
                    self.assign(target, result, value)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self.assign(target, self.value(value), value)
            case ast.AugAssign(target=ast.Name(id=name)):
                self.names[name] = UNKNOWN
            case ast.Expr(value=value):
                self.value(value)
            case ast.FunctionDef():
                self.functions[node.name] = node
                self.names[node.name] = Function(node)
            case ast.ClassDef():
                for item in node.body:
                    if isinstance(item, ast.FunctionDef):
                        self.functions[item.name] = item
            case ast.For():
                self.loop(node)
            case ast.If():
                self.branches(node)
            case ast.With() | ast.While():
                self.block(node.body)
            case ast.Try():
                self.block([*node.body, *node.orelse, *node.finalbody])
            case ast.Return(value=value) if value is not None:
                self.returned = self.value(value)
            case _:
                pass

    def assign(self, target: ast.expr, value: Value, source: ast.expr) -> None:
        match target:
            case ast.Name(id=name):
                self.names[name] = value
                self.origins[name] = (ast.unparse(source), source.lineno + self.offset)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                known = isinstance(value, (tuple, list)) and len(value) == len(parts)
                for index, part in enumerate(parts):
                    self.assign(part, value[index] if known else UNKNOWN, source)
            case ast.Attribute(value=owner, attr="trainable") if isinstance(value, bool):
                calls.set_trainable(self.value(owner), trainable=value)
            case _:
                pass

    def loop(self, node: ast.For) -> None:
        items = self.value(node.iter)
        if isinstance(items, LayerList):
            # Only freezing is followed here: `for layer in model.layers: layer.trainable = ...`.
            self.assign(node.target, items, node.iter)
            self.block(node.body)
        elif isinstance(items, (list, tuple, range)) and len(items) <= MOST_ROUNDS:
            for item in items:
                self.assign(node.target, item, node.iter)
                self.block(node.body)
        else:
            self.assign(node.target, UNKNOWN, node.iter)
            self.block(node.body)

    def branches(self, node: ast.If) -> None:
        """Follow both branches of a test that cannot be told; names they set differently blur."""
        test = self.value(node.test)
        if isinstance(test, bool):
            self.block(node.body if test else node.orelse)
            return
        before = dict(self.names)
        self.block(node.body)
        after = dict(self.names)
        self.names = dict(before)
        self.block(node.orelse)
        for name in {*after, *self.names}:
            one, other = after.get(name, UNKNOWN), self.names.get(name, UNKNOWN)
            if one is not other and one != other:
                self.names[name] = one if other is UNKNOWN and name not in before else UNKNOWN

    # Expressions

    def value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return self.names.get(name, UNKNOWN)
            case ast.List(elts=parts):
                return [self.value(part) for part in parts]
            case ast.Tuple(elts=parts):
                return tuple(self.value(part) for part in parts)
            case ast.Dict(keys=keys, values=values):
                return {
                    k.value: self.value(v)
                    for k, v in zip(keys, values, strict=True)
                    if isinstance(k, ast.Constant)
                }
            case ast.UnaryOp() | ast.BinOp() | ast.Compare():
                return calls.arithmetic(node, self.value)
            case ast.Attribute(value=owner, attr=name):
                return calls.attribute(self.value(owner), name)
            case ast.Subscript(value=owner, slice=index):
                return calls.subscript(self.value(owner), index, self.value)
            case ast.Call():
                return self.call(node)
            case ast.IfExp(body=body):
                self.value(body)
                return UNKNOWN
            case _:
                return UNKNOWN

    def call(self, node: ast.Call) -> Value:
        arguments = [self.value(a) for a in node.args if not isinstance(a, ast.Starred)]
        keywords = {k.arg: self.value(k.value) for k in node.keywords if k.arg}
        line = node.lineno + self.offset
        if isinstance(node.func, ast.Attribute):
            owner = self.value(node.func.value)
            method = node.func.attr
            if isinstance(owner, ModelValue):
                done = self.method(owner, method, node, arguments)
                if done is not None:
                    return done
            elif method in {"fit", "fit_generator", "compile"} and self.lone(node):
                return UNKNOWN
            name = method
        elif isinstance(node.func, ast.Name):
            name = node.func.id
            callee = self.names.get(name)
            if isinstance(callee, Function):
                return self.call_function(callee.node, arguments, keywords)
            if isinstance(callee, (LayerValue, ModelValue)):
                return calls.apply(callee, arguments)
        else:
            return calls.apply(self.value(node.func), arguments)
        made = construct(name, arguments, keywords, line)
        if isinstance(made, ModelValue):
            made.line = line
            self.models.append(made)
        if isinstance(made, OptimizerValue) and made.old_arguments:
            self.old_keras = True
        return made

    def lone(self, node: ast.Call) -> bool:
        """Keep compile and fit calls on a model whose making is not shown."""
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        keywords = {k.arg for k in node.keywords}
        typical = {"epochs", "nb_epoch", "batch_size", "validation_data", "loss", "optimizer"}
        if name == "fit" and not keywords & typical:
            return False
        if not self.models:
            self.models.append(ModelValue(line=node.lineno + self.offset))
        self.method(self.models[-1], name, node, [])
        return True

    def method(
        self, model: ModelValue, name: str, node: ast.Call, arguments: list[Value]
    ) -> Value | None:
        if name == "add":
            calls.add(model, arguments[0] if arguments else UNKNOWN)
        elif name == "compile":
            model.compiled = self.facts(node, _COMPILE)
            given = model.compiled.get("optimizer")
            model.optimizer = self.argument(node, "optimizer", 0) if given else None
        elif name in {"fit", "fit_generator"}:
            model.fitted = self.facts(node, _FIT if name == "fit" else ("x", "steps_per_epoch"))
            if name == "fit_generator" or any(k.arg == "nb_epoch" for k in node.keywords):
                self.old_keras = True
        elif name == "get_layer":
            return UNKNOWN
        else:
            return None
        return UNKNOWN

    def argument(self, node: ast.Call, name: str, position: int) -> Value:
        for keyword in node.keywords:
            if keyword.arg == name:
                return self.value(keyword.value)
        return self.value(node.args[position]) if len(node.args) > position else UNKNOWN

    def facts(self, node: ast.Call, positional: tuple[str, ...]) -> dict[str, Fact]:
        pairs = list(zip(positional, node.args, strict=False))
        pairs += [(_OLD_NAMES.get(k.arg, k.arg), k.value) for k in node.keywords if k.arg]
        return {name: self.fact(expression) for name, expression in pairs}

    def fact(self, expression: ast.expr) -> Fact:
        source, line = ast.unparse(expression), expression.lineno + self.offset
        if isinstance(expression, ast.Name) and expression.id in self.origins:
            source, line = self.origins[expression.id]
        return Fact(source, _plain(self.value(expression)), line)

    def call_function(
        self, node: ast.FunctionDef, arguments: list[Value], keywords: dict[str, Value]
    ) -> Value:
        if self.depth >= MOST_DEPTH:
            return UNKNOWN
        parameters = [a.arg for a in node.args.args]
        outer, outer_origins, outer_returned = self.names, self.origins, self.returned
        self.names = dict(outer)
        self.origins = dict(outer_origins)
        for name in parameters:
            self.names[name] = UNKNOWN
        offset = len(parameters) - len(node.args.defaults)
        for name, default in zip(parameters[offset:], node.args.defaults, strict=True):
            self.names[name] = self.value(default)
        self.names.update(zip(parameters, arguments, strict=False))
        self.names.update({k: v for k, v in keywords.items() if k in parameters})
        self.depth += 1
        self.returned = UNKNOWN
        self.block(node.body)
        result = self.returned
        self.depth -= 1
        self.names, self.origins, self.returned = outer, outer_origins, outer_returned
        return result

    # Result

    def script(self, path: str) -> Script | None:
        trained = [m for m in self.models if m.fitted or m.compiled]
        built = [m for m in self.models if m.layers or m.backbone or m.pretrained]
        if not trained and not built:
            return None
        model = (trained or built)[-1]
        if not model.layers and built:
            model = _joined(model, built[-1])
        recipe = Recipe(
            backbone=calls.backbone_of(model),
            layers=tuple(model.layers),
            loss=_loss(model.compiled.get("loss")),
            optimizer=calls.optimizer_of(model.optimizer),
            batch_size=_integer(model.fitted.get("batch_size")),
            epochs=_integer(model.fitted.get("epochs")),
        )
        return Script(
            path=path,
            recipe=recipe,
            compile=model.compiled,
            fit=model.fitted,
            keras_1_or_2=True if self.old_keras else None,
            lines=self.last_line,
        )


def _joined(trained: ModelValue, built: ModelValue) -> ModelValue:
    built.compiled = built.compiled or trained.compiled
    built.fitted = built.fitted or trained.fitted
    built.optimizer = built.optimizer or trained.optimizer
    return built


def _integer(fact: Fact | None) -> int | None:
    value = fact.value if fact else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _loss(fact: Fact | None) -> str | None:
    value = fact.value if fact else None
    return value if isinstance(value, str) else None


def _plain(value: Value) -> Any:
    """Return a value that a record can hold, or `None` where it is not known."""
    match value:
        case bool() | int() | float() | str() | None:
            return value
        case Loss(name=name, from_logits=logits):
            return f"{name}(from_logits)" if logits else name
        case OptimizerValue(optimizer=optimizer):
            return optimizer.name
        case Penalty() | Tensor() | LayerValue() | ModelValue():
            return None
        case list() | tuple():
            return [_plain(item) for item in value]
        case dict():
            return {str(k): _plain(v) for k, v in value.items()}
        case _:
            return None
