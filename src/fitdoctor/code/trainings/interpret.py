"""Interprets a script's statements: which networks are called, stepped and switched, in order.

Branches of a test that is not known are both taken and joined; a loop is taken twice, the second
time with what its first round has changed forgotten where each round changes it anew.
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Callable, Iterable

from fitdoctor.code.trainings import batches
from fitdoctor.code.trainings.counting import by_words, kept_where, kind_of
from fitdoctor.code.trainings.domain import (
    TOP,
    ClassValue,
    Frame,
    FunctionValue,
    Gradient,
    Items,
    Maybe,
    Module,
    Net,
    Object,
    Params,
    Record,
    Scope,
    Source,
    StateDict,
    Tensor,
    Unknown,
    Value,
)
from fitdoctor.code.trainings.evaluate import Evaluator
from fitdoctor.code.trainings.machine import Entry, Fork, Round, Step, TooLongError
from fitdoctor.code.trainings.sets import m_item

MOST_STATEMENTS = 60_000
MOST_DEPTH = 16
MOST_UNROLLED = 8
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Exits:
    """Where a loop or a function is left early, and with what."""

    def __init__(self) -> None:
        self.breaks: list[dict[Object, dict[str, Value]]] = []
        self.continues: list[dict[Object, dict[str, Value]]] = []
        self.returns: list[tuple[Value, dict[Object, dict[str, Value]]]] = []


class Interpreter(Evaluator):
    """Goes through a script."""

    def __init__(self) -> None:
        super().__init__()
        self.statements = 0
        self.loops: list[Exits] = []
        self.calls: list[Exits] = [Exits()]
        self.under_way: list[ast.AST] = []
        self.called: set[ast.AST] = set()
        self.uncalled = False
        """Functions are interpreted that nothing shown calls."""

    def block(self, body: Iterable[ast.stmt]) -> bool:
        """Interpret statements; return whether what follows them is reached."""
        for statement in body:
            self.statements += 1
            if self.statements > MOST_STATEMENTS:
                raise TooLongError
            if not self.statement(statement):
                return False
        return True

    def statement(self, node: ast.stmt) -> bool:
        match node:
            case ast.Expr(value=ast.Constant(value=value)):
                if value is Ellipsis:
                    self.omitted(node.lineno)
            case ast.Expr(value=value):
                self.value(value)
            case ast.Assign(targets=targets, value=value):
                result = self.value(value)
                if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
                    result = self.added_to(targets[0], value, result)
                for target in targets:
                    self.bind(target, result)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self.bind(target, self.value(value))
            case ast.AugAssign():
                self.augmented(node)
            case ast.If():
                return self.branch(node)
            case ast.For() | ast.AsyncFor():
                return self.each(node)
            case ast.While():
                return self.repeated(node)
            case ast.With() | ast.AsyncWith():
                return self.within(node)
            case ast.Try():
                return self.guarded(node)
            case ast.Pass() if self.loops:
                self.omitted(node.lineno)
            case _:
                return self.left(node)
        return True

    def may_have_left(self) -> bool:
        return bool(self.calls and self.calls[-1].returns)

    def left(self, node: ast.stmt) -> bool:
        """Interpret a definition, an import, or a statement that leaves a block."""
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.define(node)
            case ast.ClassDef():
                self.define_class(node)
            case ast.Import(names=names):
                for alias in names:
                    bound = alias.asname or alias.name.partition(".")[0]
                    self.assign(bound, Module(alias.name if alias.asname else bound))
            case ast.ImportFrom(module=module, names=names, level=level):
                if names[0].name == "*":
                    self.stars.append(module or "")
                for alias in names:
                    origin = f"{'.' * level}{module or ''}.{alias.name}"
                    self.assign(alias.asname or alias.name, Module(origin))
            case ast.Return(value=value):
                result = self.value(value) if value is not None else None
                self.calls[-1].returns.append((result, self.heap.snapshot()))
                return len(self.calls) == 1  # an excerpt goes on behind the end of a function
            case ast.Break():
                if self.loops:
                    self.keep()
                    self.loops[-1].breaks.append(self.heap.snapshot())
                    return False
            case ast.Continue():
                if self.loops:
                    self.loops[-1].continues.append(self.heap.snapshot())
                    return False
            case ast.Raise():
                return False
            case _:
                pass
        return True

    def omitted(self, line: int) -> None:
        """Keep that code was left out, which may do anything."""
        self.left_out = True
        self.emit(Step("unknown", line, all=True))

    # --- definitions ---

    def define(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, of: ClassValue | None = None
    ) -> FunctionValue:
        quiet, marks = False, set()
        registered: list[Value] = []
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Name) and decorator.id in {
                "staticmethod",
                "classmethod",
                "property",
            }:
                marks.add(decorator.id)
                continue
            before, given = self.gradients, self.value(decorator)
            self.gradients = before
            if isinstance(given, Module):
                given = self.call(given, [], {}, node.lineno)
                self.gradients = before
            if isinstance(given, Scope) and given.gradients is False:
                quiet = True
            if isinstance(given, Unknown):
                registered.append(given)
        made = FunctionValue(node, self.frame, None, of, quiet, frozenset(marks))  # type: ignore[arg-type]
        if of is None:
            self.assign(node.name, made)
        if any(v.held for v in registered if isinstance(v, Unknown)) or (registered and of is None):
            self.called_anyhow(made)
        return made

    def define_class(self, node: ast.ClassDef) -> None:
        bases = tuple(self.value(b) for b in node.bases)
        inside = Frame(node.lineno, node.name, self.frame)
        made = ClassValue(node, inside, bases)
        before, self.frame = self.frame, inside
        for part in node.body:
            if isinstance(part, _FUNCTIONS):
                self.heap.set(inside, part.name, self.define(part, made))
            elif not isinstance(part, ast.Pass):
                self.statement(part)
        self.frame = before
        self.assign(node.name, made)

    # --- branches and loops ---

    def branch(self, node: ast.If) -> bool:
        test = self.value(node.test)
        known = self.truth(test)
        if known is not None:
            return self.block(node.body if known else node.orelse)
        out, start, kept = self.out, self.heap.snapshot(), self.kept
        told = kept_where(node)
        best = self.value(told[1]) if told is not None else TOP
        first: list[Entry] = []
        second: list[Entry] = []
        self.out = first
        self.refine(node.test, holds=True)
        falls = self.block(node.body)
        ends, saved = self.heap.snapshot(), self.kept > kept
        if saved and told is not None and (wrong := self.worst(*told, best)):
            self.figures.worst.append((node.lineno, wrong))
        if saved and isinstance(test, Tensor) and test.role == "test" and test.sources:
            first.append(Step("choose", node.lineno, sources=test.sources))
        self.heap.restore(start)
        self.out = second
        self.refine(node.test, holds=False)
        falls_else = self.block(node.orelse)
        self.out = out
        if falls and falls_else:
            self.heap.join(ends, self.heap.snapshot())
        if falls and not falls_else:
            self.heap.restore(ends)
        if first or second:
            if falls != falls_else and not (second if falls else first):
                self.out += first or second  # the other way only leaves
            else:
                self.out.append(Fork((first, second), node.lineno))
                if falls != falls_else:
                    self.out = first if falls else second
        return falls or falls_else

    def worst(self, figure: ast.expr, so_far: ast.expr, grows: bool, best: Value) -> str:
        """Return which figure is kept where it is worse, or never; "" where it is right."""
        plain = isinstance(figure, (ast.Name, ast.Attribute, ast.Subscript))  # no call comes twice
        by_value = kind_of(self.value(figure)) if plain else ""
        by_name = by_words(figure) or by_words(so_far)
        kind = by_name or by_value
        if by_name and by_value and by_name != by_value:
            return ""  # a function that is not shown may give one or the other
        if kind and grows != (kind == "accuracy"):
            return kind
        number = isinstance(best, (int, float)) and not isinstance(best, bool)
        return "never" if kind == "loss" and not grows and number and best == 0 else ""

    def refine(self, test: ast.expr, *, holds: bool) -> None:
        """Take in what a test says of a name: that it is not `None`."""
        match test:
            case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot() as op],
                             comparators=[ast.Constant(value=None)]):  # fmt: skip
                held = self.value(left)
                some = isinstance(op, ast.IsNot) == holds
                if isinstance(held, Maybe) and isinstance(left, ast.Name):
                    self.assign(left.id, held.value if some else None)
            case ast.Name() | ast.Attribute():
                held = self.value(test)
                if isinstance(held, Maybe) and isinstance(test, ast.Name):
                    self.assign(test.id, held.value if holds else None)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                self.refine(operand, holds=not holds)
            case ast.BoolOp(op=ast.And(), values=values) if holds:
                for value in values:
                    self.refine(value, holds=True)
            case _:
                pass

    def each(self, node: ast.For | ast.AsyncFor) -> bool:
        over = self.value(node.iter)
        items = self.elements(over)
        plain = items is not None and 0 < len(items) <= MOST_UNROLLED
        if plain and items is not None and not isinstance(over, Source):
            return self.unrolled(node, items)
        if items is not None and not items and not self.heap.get(over, "open", default=True):
            pass
        item, sources, rounds = m_item(self, over)
        folds = isinstance(over, Items) and over.folds
        made = Round(node.lineno, sources, rounds, folds)

        def bind() -> None:
            self.bind(node.target, item)

        return self.rounds(made, node.body, node.orelse, bind)

    def repeated(self, node: ast.While) -> bool:
        if self.truth(self.value(node.test)) is False:
            return self.block(node.orelse)
        made = Round(node.lineno)
        always = self.truth(self.value(node.test)) is True
        return self.rounds(made, node.body, node.orelse, lambda: None, ends=not always)

    def rounds(
        self, made: Round, body: list[ast.stmt], orelse: list[ast.stmt],
        bind: Callable[[], None], *, ends: bool = True,
    ) -> bool:  # fmt: skip
        """Interpret the body of a loop twice."""
        exits = Exits()
        self.loops.append(exits)
        out, before = self.out, self.heap.snapshot()
        after: list[dict[Object, dict[str, Value]]] = []
        for at in range(2):
            entries: list[Entry] = []
            self.out = entries
            exits.continues = []
            bind()
            with self.at_place(is_round=True):
                falls = self.block(body)
            ways = [*exits.continues, *([self.heap.snapshot()] if falls else [])]
            if at == 0:
                made.first = entries
            else:
                made.later = entries
            if not ways:
                after = []
                break
            self.heap.join(*ways)
            if at == 0:
                self.heap.widen(before)
            after = [self.heap.snapshot()]
        if not made.later:
            made.later = made.first
            made.first = []
        self.loops.pop()
        self.out = out
        if made.first or made.later:
            self.out.append(made)
        ends_by_itself = after if ends or not exits.breaks else []
        ways = [*ends_by_itself, *exits.breaks] or [before]
        self.heap.join(*ways)
        return self.block(orelse) if orelse and after else True

    def unrolled(self, node: ast.For | ast.AsyncFor, items: tuple[Value, ...]) -> bool:
        exits = Exits()
        self.loops.append(exits)
        out = self.out
        for item in items:
            exits.continues = []
            self.bind(node.target, item)
            self.unrolling += 1
            falls = self.block(node.body)
            self.unrolling -= 1
            self.out = out
            ways = [*exits.continues, *([self.heap.snapshot()] if falls else [])]
            if not ways:
                self.loops.pop()
                if exits.breaks:
                    self.heap.join(*exits.breaks)
                return bool(exits.breaks)
            self.heap.join(*ways)
        self.loops.pop()
        self.heap.join(self.heap.snapshot(), *exits.breaks)
        return self.block(node.orelse)

    def within(self, node: ast.With | ast.AsyncWith) -> bool:
        before = self.gradients
        told = before
        for item in node.items:
            value = self.value(item.context_expr)
            self.gradients = told
            if isinstance(value, Scope):
                told = value.gradients if not _is_tape(value) else told
                value = value.value
            elif isinstance(value, Module):
                entered = self.call(value, [], {}, node.lineno)
                if isinstance(entered, Scope):
                    told, value = entered.gradients, entered.value
            if item.optional_vars is not None:
                self.bind(item.optional_vars, value)
        self.gradients = told
        falls = self.block(node.body)
        self.gradients = before
        return falls

    def guarded(self, node: ast.Try) -> bool:
        start = self.heap.snapshot()
        falls = self.block([*node.body, *node.orelse])
        ways = [self.heap.snapshot()] if falls else []
        out = self.out
        for handler in node.handlers:
            self.heap.join(start, *ways)
            entries: list[Entry] = []
            self.out = entries
            if handler.name:
                self.assign(handler.name, TOP)
            if self.block(handler.body):
                ways.append(self.heap.snapshot())
            if entries:
                out.append(Fork((entries, []), handler.lineno))
            self.out = out
        if ways:
            self.heap.join(*ways)
        return self.block(node.finalbody) and bool(ways)

    # --- targets ---

    def bind(self, target: ast.expr, value: Value) -> None:
        match target:
            case ast.Name(id=name):
                self.assign(name, value)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                self.unpack(parts, value)
            case ast.Starred(value=inner):
                self.bind(inner, value)
            case ast.Attribute(value=owner, attr=name):
                self.set_attribute(self.value(owner), name, value, target.lineno)
            case ast.Subscript(value=owner, slice=index):
                self.set_item(self.value(owner), self.value(index), value)
            case _:
                pass

    def unpack(self, parts: list[ast.expr], value: Value) -> None:
        if isinstance(value, Maybe):
            value = value.value
        known = self.elements(value)
        starred = any(isinstance(p, ast.Starred) for p in parts)
        for at, part in enumerate(parts):
            if known is not None and len(known) == len(parts) and not starred:
                self.bind(part, known[at])
            elif batches.is_whole(value) and len(parts) == batches.IMAGES_AND_LABELS:
                self.bind(part, batches.part(value, at))
            elif isinstance(value, Unknown) and not self.acts_as_one(value):
                self.bind(part, self.one_of(value, at))
            elif isinstance(value, Tensor) and value.role == "output":
                self.bind(part, dataclasses.replace(value, role="other", activation=None))
            elif isinstance(value, (Tensor, Params, Unknown)):
                self.bind(part, value)
            else:
                self.bind(part, m_item(self, value)[0] if not starred else TOP)

    def acts_as_one(self, value: Unknown) -> bool:
        """Return whether something whose making is not shown may be a network, or holds some."""
        return bool(value.held) or value.quiet or self.matters(value) or value.of is not None

    def one_of(self, value: Unknown, at: int) -> Unknown:
        """Return one of several things that code which is not shown gives together."""
        if not self.heap.has(value, f"part {at}"):
            made = Unknown(value.line, "", assumed=value.assumed, default_mode=value.default_mode,
                           file=value.file)  # fmt: skip
            self.heap.set(value, f"part {at}", made)
        part: Unknown = self.heap.get(value, f"part {at}")
        return part

    def set_attribute(self, owner: Value, name: str, value: Value, line: int) -> None:
        if isinstance(owner, Maybe):
            owner = owner.value
        match owner:
            case Params() if name == "requires_grad":
                self.set_trainable(owner, trainable=value, line=line)
            case Params() if name == "grad":
                kind = "clear" if value is None else "unknown"
                self.emit(Step(kind, line, leaves=owner.leaves))
            case Params() if name == "data":
                self.touched |= owner.leaves
            case Gradient():
                self.emit(Step("unknown", line, leaves=owner.of.leaves))
            case Net() if name in {"requires_grad", "trainable"}:
                if name == "trainable":
                    self.set_trainable(Params(self.leaves(owner)), trainable=value)
            case Net() | Record() | Unknown():
                if isinstance(owner, Net) and isinstance(value, Net):
                    self.open(owner)
                    self.replace(owner, name, value)
                self.heap.set(owner, name, value)
                if isinstance(owner, Record):
                    self.named(name, value)
                if isinstance(owner, Net):
                    owner.applied = False
            case ClassValue():
                self.heap.set(owner.frame, name, value)
            case Params() if name == "trainable":
                self.set_trainable(owner, trainable=value)
            case _:
                pass

    def set_item(self, owner: Value, index: Value, value: Value) -> None:
        if isinstance(owner, Maybe):
            owner = owner.value
        if isinstance(owner, StateDict):
            self.kept_weights.changed.add(owner)
        elif isinstance(owner, Net) and owner.name == "Variable":
            self.touched.add(owner)
        elif isinstance(owner, Net):
            self.open(owner)
            self.heap.set(owner, str(self.position(owner, index)), value)
        elif isinstance(owner, Object) and isinstance(index, str):
            self.heap.set(owner, index, value)

    def open(self, net: Net) -> None:
        """Make a classifier of a library a network of parts, of which one is another now."""
        if not net.leaf:
            return
        net.leaf = False
        rest = Net(net.line, net.name, leaf=True, weighted=True, noisy=net.noisy, fresh=net.fresh)
        for field in ("trainable", "mode"):
            if self.heap.has(net, field):
                self.heap.set(rest, field, self.heap.get(net, field))
        self.heap.set(net, "rest", rest)

    def position(self, net: Net, index: Value) -> Value:
        """Return the key of a layer: the last one for -1."""
        names = [k for k in self.heap.items(net) if k.isdigit()]
        if isinstance(index, int) and index < 0 and names:
            return int(names[-1]) + 1 + index
        return index

    # --- calls ---

    def run(
        self, function: FunctionValue, arguments: list[Value], keywords: dict[str, Value]
    ) -> Value:
        node = function.node
        if len(self.under_way) >= MOST_DEPTH or self.under_way.count(node) > 1:
            return TOP
        self.called.add(node)
        frame = Frame(node.lineno, getattr(node, "name", "lambda"), function.frame)
        frame.globals = frozenset(
            name for s in ast.walk(node) if isinstance(s, (ast.Global, ast.Nonlocal))
            for name in s.names
        )  # fmt: skip
        if function.owner is not None and "staticmethod" not in function.marks:
            arguments = [function.owner, *arguments]
        self.heap.fields[frame] = {}
        self.give(function, frame, arguments, keywords)
        outer, self.frame = self.frame, frame
        quiet, out, loops = self.gradients, self.out, self.loops
        if function.quiet:
            self.gradients = False
        self.under_way.append(node)
        self.calls.append(Exits())
        self.loops = []
        with self.at_place(is_round=False):
            result = self.value(node.body) if isinstance(node, ast.Lambda) else self.body(node)
        self.calls.pop()
        self.loops, self.out = loops, out
        self.under_way.pop()
        self.frame, self.gradients = outer, quiet
        return result

    def body(self, node: ast.FunctionDef) -> Value:
        before = self.yielded
        self.yielded = None
        falls = self.block(node.body)
        ways = list(self.calls[-1].returns)
        if falls:
            ways.append((None, self.heap.snapshot()))
        made, self.yielded = self.yielded, before
        if not ways:
            return TOP
        self.heap.join(*(state for _, state in ways))
        if made is not None:
            return made
        result = ways[0][0]
        for value, _ in ways[1:]:
            result = self.heap.either(result, value)
        return result

    def give(
        self,
        function: FunctionValue,
        frame: Frame,
        arguments: list[Value],
        keywords: dict[str, Value],
    ) -> None:
        """Bind the parameters of a function."""
        signature = function.node.args
        names = [a.arg for a in (*signature.posonlyargs, *signature.args)]
        defaults = dict(
            zip(names[len(names) - len(signature.defaults) :], signature.defaults, strict=True)
        )
        given = dict(zip(names, arguments, strict=False))
        more = {
            k: v
            for k, v in keywords.items()
            if k in names or k in {a.arg for a in signature.kwonlyargs}
        }
        outer, self.frame = self.frame, function.frame
        for name in names:
            if name in given:
                value = given[name]
            elif name in more:
                value = more[name]
            elif name in defaults:
                value = self.value(defaults[name])
                if self.uncalled and not self.under_way and type(value) in {int, float}:
                    value = Tensor("other")  # who calls it may give another number
            else:
                value = self.parameter(name, function.node.lineno)
            self.heap.set(frame, name, value)
            if isinstance(value, Source):
                value.parameters.add(name)
        for argument, default in zip(signature.kwonlyargs, signature.kw_defaults, strict=True):
            value = more.get(argument.arg)
            if argument.arg not in more:
                value = (
                    self.value(default) if default is not None else self.parameter(argument.arg, 0)
                )
            self.heap.set(frame, argument.arg, value)
        self.frame = outer
        if signature.vararg:
            rest = self.sequence(arguments[len(names) :], function.node.lineno)
            self.heap.set(frame, signature.vararg.arg, rest)
        if signature.kwarg:
            others = {k: v for k, v in keywords.items() if k not in more}
            self.heap.set(frame, signature.kwarg.arg, self.mapping(others, function.node.lineno))

    def parameter(self, name: str, line: int) -> Unknown:
        """Return what a function is given by code that is not shown."""
        return Unknown(line, name, assumed=True)

    def called_anyhow(self, function: FunctionValue) -> None:
        if function.node in self.called or function.node in self.under_way:
            return
        out, self.out = self.out, []
        made = Round(function.node.lineno)
        self.run(function, [], {})
        made.later, self.out = self.out, out
        if made.later:
            self.out.append(made)


def _is_tape(scope: Scope) -> bool:
    return scope.value is not TOP
