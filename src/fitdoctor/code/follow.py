"""A syntax tree to a `Script`, by following values through assignments, calls and loops.

Nothing is evaluated but literals and arithmetic on them; whatever cannot be told stays UNKNOWN.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
from collections.abc import Iterator
from typing import Any

from fitdoctor import lazy_re
from fitdoctor.catalogue.backbones import head_of, is_of_torchvision
from fitdoctor.code import blocks, calls, chosen, pieces, plain, torch
from fitdoctor.code.by_name import shown_in_part
from fitdoctor.code.construct import add
from fitdoctor.code.data import with_transforms
from fitdoctor.code.excerpts import is_excerpt_self, uses_a_network
from fitdoctor.code.expressions import Expressions, built_by_base
from fitdoctor.code.order import runnable
from fitdoctor.code.result import script_of
from fitdoctor.code.spelling import misspelt
from fitdoctor.code.state import MOST_TEXT
from fitdoctor.code.trainings import program_of
from fitdoctor.code.values import (
    MOST_OPERATIONS,
    UNKNOWN,
    Class,
    Data,
    Function,
    Instance,
    LayerList,
    LayerValue,
    ModelValue,
    Module,
    Namespace,
    OptimizerValue,
    Tensor,
    Value,
)
from fitdoctor.records.network import OPAQUE
from fitdoctor.records.recipe import Layer
from fitdoctor.records.run import (
    HEAD_BESIDE,
    MISSPELT,
    TAKEN,
    TRANSFORM_REPLACED,
    Fact,
    Feed,
    Operation,
    Script,
)

MOST_ROUNDS = 64
"""A loop with literal bounds is unrolled up to here."""
MOST_DEPTH = 8
MOST_AGAIN = 3
"""A function inside itself is followed so often."""
MOST_OF_SCHEDULE = 2
MOST_STATEMENTS = 20_000
FILLED = Operation("filled")
FIELD = "self."
OWN_SET = "own dataset"
"""The step after which a part of a split has a set of its own."""
_NETWORKS = ("Module", "Model", "LightningModule", "Layer", "Sequential")


def follow(
    tree: ast.Module, path: str, *, python_2: bool = False,
    switched_off: frozenset[str] = frozenset(),
) -> Script | None:  # fmt: skip
    """Return what the script builds, compiles and fits; `None` where it does none of these.

    `switched_off` are the names whose `step` stands in a comment.
    """
    follower = _Follower()
    program, found = program_of(tree, switched_off)
    follower.trained_on = program.trained_on if program is not None else frozenset()
    follower.own_steps = found.own_steps
    follower.fields_read = frozenset(
        n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and _is_load(n)
    )
    follower.repeated = blocks.repeated(tree)
    follower.copied = blocks.copied(tree)
    follower.pieces = pieces.pieces(tree)
    follower.choosing = chosen.draws_of_images(tree)
    follower.applied_fields = frozenset(_applied_fields(tree))
    follower.block(runnable(tree.body))
    if not follower.models and not follower.ledger.feeds:
        for function in list(follower.functions.values()):
            begin = len(follower.ledger.calls)
            follower.call_function(Function(function), [], {})
            follower.ledger.part(begin, function.lineno)
        for value in list(follower.names.values()):
            if isinstance(value, Class):
                follower.instance(value, [], {})
        follower.generators_of_an_excerpt()
    elif not follower.ledger.feeds:
        # An excerpt whose networks are used in a function that it does not call.
        for name, function in list(follower.functions.items()):
            if uses_a_network(function) and name not in follower.called:
                follower.call_function(Function(function), [], {})
    follower.names = follower.inside | follower.names
    follower.arrays.names = follower.counted_inside | follower.arrays.names
    follower.origins = follower.made_inside | follower.origins
    return script_of(
        follower, tree, program, found, path, python_2=python_2, schedules=follower.epoch_rates
    )


def _of_one_number(value: Value) -> bool:
    """Return whether an array is made of one number: `np.zeros(300)`."""
    return isinstance(value, Data) and bool(_FULL.match(value.origin))


_FULL = lazy_re.compile(r"(?:np|numpy|tf|torch)\.(?:zeros|ones|full)(?:_like)?\(")


def _applied_fields(tree: ast.Module) -> Iterator[str]:
    """Yield the attributes that are read for themselves, and not for one of their own attributes.

    `net.fc.parameters()` reads `fc` for its weights; `net.fc(x)` and `[net.fc]` may apply it.
    """
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    within = {id(node.value) for node in attributes}
    for node in attributes:
        if isinstance(node.ctx, ast.Load) and id(node) not in within:
            yield node.attr


def _is_load(node: ast.Attribute) -> bool:
    return isinstance(node.ctx, ast.Load)


def _root(node: ast.expr) -> str:
    """Return the name that a chain of attributes begins with: `images` of `images.dataset.x`."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


class _Follower(Expressions):
    """Walks the statements in order and keeps what each name stands for."""

    def __init__(self) -> None:
        super().__init__()
        self.functions: dict[str, ast.FunctionDef] = {}
        self.called: set[str] = set()
        self.applied_fields: frozenset[str] = frozenset()
        """Attributes that are called, or given to something: a forward pass may come to them."""
        self.trained_on: frozenset[str] = frozenset()
        """Names of what loops of the script train on."""
        self.inside: dict[str, Value] = {}
        """What names stand for at the end of the functions that were followed."""
        self.made_inside: dict[str, tuple[str, int]] = {}
        self.counted_inside: dict[str, Any] = {}
        self.fields_counted: dict[int, dict[str, Any]] = {}
        """Numbers in the fields of objects, by the `id` of each, which stays alive."""
        self.depth = 0
        self.under_way: list[ast.FunctionDef | ast.Lambda] = []
        """The functions that are being followed, the innermost last."""
        self.statements = 0
        self.returned: Value = UNKNOWN
        self.has_returned = False

    def block(self, body: list[ast.stmt]) -> None:
        for statement in body:
            self.statements += 1
            if self.statements > MOST_STATEMENTS or self.has_returned:
                return
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                result = self.value(value)
                for target in targets:
                    self.arrays.bind(target, value)
                    self.bind(target, result, value)
            case ast.AugAssign():
                self.augmented(node)
            case ast.Expr(value=ast.BinOp() as value):
                made = self.value(value)
                if isinstance(made, Data):
                    self.thrown_away.append((ast.unparse(value)[:MOST_TEXT], made))
            case ast.Expr(value=value):
                self.value(value)
                self.arrays.forget(value)
            case ast.FunctionDef():
                self.functions[node.name] = node
                self.arrays.functions[node.name] = node
                self.names[node.name] = Function(node)
            case ast.ClassDef():
                self.names[node.name] = self.class_of(node)
                self.functions |= {n.name: n for n in node.body if isinstance(n, ast.FunctionDef)}
            case ast.Import(names=names):
                for alias in names:
                    bound = alias.asname or alias.name.partition(".")[0]
                    self.names[bound] = Module(alias.name if alias.asname else bound)
            case ast.ImportFrom(module=module, names=names):
                if names[0].name == "*":
                    self.stars.add((module or "").partition(".")[0])
                for alias in names:
                    self.names[alias.asname or alias.name] = Module(f"{module}.{alias.name}")
            case ast.For():
                self.loop(node)
            case ast.If():
                self.branches(node)
            case ast.With():
                self.block(node.body)
            case ast.While():
                self.block(node.body)
                self.arrays.forget(*node.body)
            case ast.Try():
                self.block([*node.body, *node.orelse, *node.finalbody])
            case ast.Return(value=value):
                self.returned = self.value(value) if value is not None else None
                # An excerpt that begins inside a function goes on behind its end.
                self.has_returned = self.depth > 0
            case _:
                pass

    def augmented(self, node: ast.AugAssign) -> None:
        """Follow `a += b`, of a name or of a field."""
        target, value = node.target, node.value
        text = ast.unparse(value)[:80]
        after = calls.binary(self.value(target), node.op, self.value(value), text, node.lineno)
        if isinstance(target, ast.Name):
            read = ast.Name(target.id, ast.Load())
            self.arrays.bind(target, ast.BinOp(read, node.op, value))
            self.names[target.id] = after
            return
        self.arrays.forget(target)
        self.filled(target)
        owner = self.value(target.value) if isinstance(target, ast.Attribute) else None
        if isinstance(owner, Instance) and isinstance(target, ast.Attribute):
            self.field(owner, target.attr, after, value)

    def of_other_parts(self, target: ast.Attribute, held: Data, value: Value, line: int) -> None:
        """Give the other parts of a random split the transforms too: they are parts of one set."""
        whole = held.origin.rpartition("[")[0]
        of_set = isinstance(target.value, ast.Attribute) and target.value.attr == "dataset"
        if not (of_set and whole) or any(o.value == OWN_SET for o in held.operations):
            return
        for name, other in list(self.names.items()):
            if not isinstance(other, Data) or other.origin == held.origin:
                continue
            steps = {o.value for o in other.operations if o.name == "call"}
            if (
                other.origin.rpartition("[")[0] != whole
                or steps & {OWN_SET}
                or ("random_split" not in steps)
            ):
                continue
            self.names[name] = now = with_transforms(other, value, line)
            lost = [o for o in other.operations if o.name == "augment"]
            if lost and not now.free and not any(o.name == "augment" for o in now.operations):
                told = {
                    "part": Fact(name, name, line),
                    "augment": Fact(str(lost[0].value), None, lost[0].line),
                }
                self.ledger.call(TRANSFORM_REPLACED, told, line)

    def bind(self, target: ast.expr, value: Value, source: ast.expr) -> None:
        match target:
            case ast.Name(id=name):
                self.names[name] = _with_own_set(value, source)
                self.origins[name] = (ast.unparse(source)[:400], source.lineno)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                known = isinstance(value, (tuple, list)) and len(value) == len(parts)
                written = source.elts if isinstance(source, (ast.Tuple, ast.List)) else []
                for index, part in enumerate(parts):
                    piece = value[index] if known else UNKNOWN
                    if isinstance(value, Data):
                        parted = any(o.value == "random_split" for o in value.operations)
                        labels = value.labels if parted else None
                        piece = Data(
                            f"{value.origin}[{index}]",
                            value.line,
                            value.operations,
                            labels,
                            free=value.free,
                        )
                    self.bind(part, piece, written[index] if len(written) == len(parts) else source)
            case ast.Attribute(attr="transform" | "transforms") if (
                held := self.names.get(_root(target))
            ) is not None and isinstance(held, Data):
                self.names[_root(target)] = with_transforms(held, value, source.lineno)
                self.of_other_parts(target, held, value, source.lineno)
            case ast.Attribute(value=ast.Name(id=name), attr="dataset") if isinstance(
                held := self.names.get(name), Data
            ):
                self.names[name] = held.then("call", OWN_SET, source.lineno)
            case ast.Attribute(value=owner_node, attr=name):
                owner = self.value(owner_node)
                if ".get_layer(" in ast.unparse(owner_node):
                    owner = Data("layer", source.lineno, free=True)
                self.set_attribute(owner, name, value, source)
            case ast.Subscript(value=ast.Attribute(value=owner_node)) if isinstance(
                value, LayerValue
            ):
                # torchvision: `net.classifier[6] = nn.Linear(4096, 10)`
                owner = self.value(owner_node)
                if isinstance(owner, ModelValue):
                    add(owner, value)
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Slice()):
                held = self.names.get(name)
                if isinstance(held, Data):
                    held = held.then("assign_range", None, target.lineno)
                    constant = isinstance(value, (int, str))
                    self.names[name] = blocks.laid(held, name, target.lineno) if constant else held
                    if constant or _of_one_number(value):
                        self.ledger.call("assign_range", {}, target.lineno)
            case ast.Subscript() if not isinstance(value, Data):
                self.filled(target)
            case ast.Subscript(value=ast.Name(id=name)) if isinstance(value, Data):
                held = self.names.get(name)
                if name not in self.names and not value.free:
                    # An excerpt fills an array that was made before it.
                    self.names[name] = Data(value.origin, value.line, value.operations)
                elif isinstance(held, Data) and not value.free:
                    whole = [*held.operations, *value.operations]
                    self.names[name] = Data(value.origin, held.line, tuple(whole)[:64])
            case _:
                pass

    def filled(self, target: ast.expr) -> None:
        """Mark an array of which some numbers are set, whatever they are."""
        match target:
            case ast.Subscript(value=ast.Name(id=name)):
                held = self.names.get(name)
                if isinstance(held, Data) and not held.free and held.operations[-1:] != (FILLED,):
                    operations = (*held.operations, FILLED)[:MOST_OPERATIONS]
                    self.names[name] = dataclasses.replace(held, operations=operations)
            case _:
                pass

    def class_of(self, node: ast.ClassDef) -> Class:
        """Return a class with the settings that its body gives to names."""
        made = Class(node)
        for part in node.body:
            match part:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    made.attributes[name] = self.value(value)
                case _:
                    pass
        return made

    def set_attribute(self, owner: Value, name: str, value: Value, source: ast.expr) -> None:
        if isinstance(value, bool) and (meant := misspelt(name)) and name not in self.fields_read:
            line = source.lineno
            told = {"name": Fact(name, name, line), "meant": Fact(meant, meant, line)}
            told["value"] = Fact(str(value), value, line)
            self.ledger.call(MISSPELT, told, source.lineno)
        if isinstance(owner, (Class, Namespace)):
            owner.attributes[name] = value
            if isinstance(owner, Namespace):
                owner.origins[name] = (ast.unparse(source)[:400], source.lineno)
            return
        if isinstance(owner, Instance):
            self.field(owner, name, value, source)
            owner = owner.model or owner
        elif isinstance(owner, ModelValue) and isinstance(value, (LayerValue, ModelValue)):
            if self.is_beside_head(owner, name, source.lineno):
                return
            # torchvision: `net.fc = nn.Linear(2048, 4)` takes the place of the classifier.
            if owner.pretrained and owner.layers and owner.layers[-1].line == owner.line:
                owner.layers.pop()
            add(owner, value)
            if isinstance(value, ModelValue):
                value.inside = True
        elif is_excerpt_self(owner) and isinstance(value, (LayerValue, ModelValue)):
            self.loose[name] = value
        if isinstance(owner, LayerList) and self.ledger.untold:
            # Of some of the layers: those of the backbone, as far as is known.
            owner = LayerList(owner.model, range(0), owner.with_backbone)
        if name == "trainable" and isinstance(value, bool):
            calls.set_trainable(owner, trainable=value, inside=self.models)
            unseen = isinstance(owner, Data) and owner.free
            if unseen or isinstance(owner, (ModelValue, LayerList, LayerValue)):
                fact = {"value": Fact(str(value), value, source.lineno)}
                if isinstance(owner, LayerValue):
                    fact["layer"] = Fact(owner.layer.kind, owner.layer.kind, source.lineno)
                self.ledger.call("set_trainable", fact, source.lineno)
        elif name == "requires_grad" and value is False:
            calls.set_trainable(owner, trainable=False, inside=self.models)
            fact = {"value": Fact("False", value=False, line=source.lineno)}
            self.ledger.call("set_trainable", fact, source.lineno)

    def field(self, owner: Instance, name: str, value: Value, source: ast.expr) -> None:
        """Set a field of an object, which many a script keeps its training in as names."""
        owner.attributes[name] = value
        owner.origins[name] = (ast.unparse(source)[:400], source.lineno)
        if isinstance(source, ast.Name) and source.id in self.origins:
            owner.origins[name] = self.origins[source.id]
        if not isinstance(value, (LayerValue, Tensor, Instance)) and value is not UNKNOWN:
            if name in self.trained_on or name not in self.inside:
                self.inside[name] = value
            self.made_inside.setdefault(name, owner.origins[name])

    def is_beside_head(self, owner: ModelValue, name: str, line: int) -> bool:
        """Return whether a head is set in a field that a network of torchvision does not use."""
        made = owner.pretrained
        known = made is not None and is_of_torchvision(made.name)
        if made is None or not known or name not in torch.HEADS - self.applied_fields:
            return False
        head = head_of(made.name)
        if name != head:
            told = {"field": name, "head": head, "of": made.name}
            facts = {key: Fact(value, value, line) for key, value in told.items()}
            self.ledger.call(HEAD_BESIDE, facts, line)
        return name != head

    def loop(self, node: ast.For) -> None:
        items = self.value(node.iter)
        target = _counted_item(node)
        if target is not node.target and isinstance(node.iter, ast.Call):
            over = self.value(node.iter.args[0])
            items = over if isinstance(over, LayerList) else items
        if isinstance(items, LayerList):
            # Only freezing is followed here: `for layer in model.layers: layer.trainable = ...`.
            if target is not node.target and isinstance(node.target, ast.Tuple):
                self.bind(node.target.elts[0], UNKNOWN, node.iter)
            if isinstance(target, ast.Tuple) and len(target.elts) == 2:  # `named_parameters()`
                self.bind(target.elts[0], UNKNOWN, node.iter)
                target = target.elts[1]
            self.bind(target, items, node.iter)
            self.block(node.body)
        elif isinstance(items, (list, tuple, range)) and 0 < len(items) <= MOST_ROUNDS:
            for item in items:
                self.bind(node.target, item, node.iter)
                self.arrays.give(node.target, item)
                self.block(node.body)
        else:
            # What sets `trainable` in a loop over layers is told, whoever made them.
            layers = isinstance(node.iter, (ast.Attribute, ast.Subscript)) and (
                ".layers" in ast.unparse(node.iter)
            )
            one = (
                Data("layers", node.lineno, free=True)
                if layers
                else Data(items.origin, items.line, items.operations, free=items.free)
                if isinstance(items, Data)
                else UNKNOWN
            )
            if target is not node.target and isinstance(node.target, ast.Tuple):
                self.bind(node.target.elts[0], UNKNOWN, node.iter)
            pair = isinstance(target, ast.Tuple) and len(target.elts) == 2
            answers = items.labels if isinstance(items, Data) and pair else None
            if answers is not None and isinstance(one, Data):
                one = one.then(TAKEN, None, node.lineno)
            if isinstance(items, Data) and items.free and isinstance(target, ast.Tuple):
                # Batches of a loader whose making is not shown: it may prepare them in any way.
                one = Data(items.origin, items.line).then("call", items.origin, node.lineno)
            self.bind(target, one if answers is None else (one, answers), node.iter)
            self.arrays.forget(node.target)
            self.block(node.body)
            self.arrays.forget(*node.body)

    def for_all_but_batchnorm(self, node: ast.If) -> list[ast.stmt] | None:
        """Return what is done to the layers of a network that are no BatchNormalization."""
        match node.test:
            case ast.UnaryOp(op=ast.Not(), operand=ast.Call() as test):
                kept = node.body
            case ast.Call() as test:
                kept = node.orelse
            case _:
                return None
        about = ast.unparse(test.func) == "isinstance" and "BatchNorm" in ast.unparse(test)
        return (
            kept
            if about and test.args and isinstance(self.value(test.args[0]), LayerList)
            else None
        )

    def branches(self, node: ast.If) -> None:
        """Follow both branches of a test that cannot be told; names they set differently blur."""
        if (kept := self.for_all_but_batchnorm(node)) is not None:
            self.block(kept)
            return
        test = True if _is_main(node.test) else _truth(self.value(node.test))
        if test is not None:
            self.block(node.body if test else node.orelse)
            return
        before = dict(self.names)
        returned: list[Value] = []
        self.arrays.forget(*node.body, *node.orelse)
        self.ledger.untold += 1
        begun = [(model, len(model.layers)) for model in self.models]
        self.block(node.body)
        grown = [(model, at, len(model.layers)) for model, at in begun]
        after = dict(self.names)
        if self.has_returned:
            returned.append(self.returned)
            self.has_returned = False
            self.ledger.untold += 1  # what follows is done where the test does not hold
        self.names = dict(before)
        self.block(node.orelse)
        for model, at, end in grown:
            calls.end_as_either(model, at, end, node.lineno)
        self.ledger.untold -= 1
        if returned and self.has_returned and returned[0] is not self.returned:
            self.returned = (
                returned[0] if isinstance(returned[0], (ModelValue, Tensor)) else UNKNOWN
            )
        for name in {*after, *self.names}:
            one, other = after.get(name, UNKNOWN), self.names.get(name, UNKNOWN)
            if isinstance(one, Tensor) and isinstance(other, Tensor) and one != other:
                self.names[name] = calls.either(one, other, node.lineno)
            elif one is not other and one != other:
                alone = other is UNKNOWN and name not in before
                self.names[name] = one if alone else plain.one_of(one, other)
        self.arrays.forget(*node.body, *node.orelse)

    def call_function(
        self, function: Function, arguments: list[Value], keywords: dict[str, Value]
    ) -> Value:
        node = function.node
        self.statements += 1
        if self.depth >= MOST_DEPTH or self.under_way.count(node) >= MOST_AGAIN:
            return UNKNOWN
        if self.statements > MOST_STATEMENTS:
            return UNKNOWN
        if isinstance(node, ast.FunctionDef):
            self.called.add(node.name)
        parameters = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
        if function.owner is not None and parameters:
            arguments = [function.owner, *arguments]
        outer = (self.names, self.origins, self.returned, self.has_returned)
        counted = self.arrays.names
        own = self.fields_counted.setdefault(id(function.owner), {}) if function.owner else {}
        self.arrays.names = {k: v for k, v in counted.items() if not k.startswith(FIELD)} | own
        for name in parameters:
            self.arrays.names.pop(name, None)
        self.names = dict(self.names)
        self.origins = dict(self.origins)
        for name in parameters:
            self.names[name] = Data(name, node.lineno, free=True)
        offset = len(parameters) - len(node.args.defaults)
        for name, default in zip(parameters[offset:], node.args.defaults, strict=True):
            self.names[name] = self.value(default)
        for argument, given in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
            self.names[argument.arg] = UNKNOWN if given is None else self.value(given)
            parameters.append(argument.arg)
        self.names.update(zip(parameters, arguments, strict=False))
        self.names.update({k: v for k, v in keywords.items() if k in parameters})
        self.depth += 1
        untold = self.ledger.untold
        self.under_way.append(node)
        self.returned, self.has_returned = UNKNOWN, False
        if isinstance(node, ast.Lambda):
            result = self.value(node.body)
        else:
            self.block(node.body)
            result = self.returned
        self.depth -= 1
        self.ledger.untold = untold
        self.under_way.pop()
        self._keep_inside({*parameters}, *outer[:2])
        for name in (self.shuffled & self.names.keys()) - {*parameters} - _bound_in(node):
            outer[0][name] = self.names[name]  # the module's own, shuffled in place
        self.names, self.origins, self.returned, self.has_returned = outer
        own |= {k: v for k, v in self.arrays.names.items() if k.startswith(FIELD)}
        for name in own.keys() - self.arrays.names.keys():
            del own[name]
        self.arrays.names = counted
        return result

    def _keep_inside(
        self,
        parameters: set[str],
        names: dict[str, Value],
        origins: dict[str, tuple[str, int]],
    ) -> None:
        """Remember a function's own names: many a script is one function.

        Of several by one name that which is trained on counts, else the first.
        """
        for name, value in self.names.items():
            if name in parameters or names.get(name) is value:
                continue
            if name in self.trained_on or name not in self.inside:
                self.inside[name] = value
                if name in self.arrays.names:
                    self.counted_inside[name] = self.arrays.names[name]
        for name, origin in self.origins.items():
            if name not in parameters and origins.get(name) != origin:
                self.made_inside.setdefault(name, origin)

    def generators_of_an_excerpt(self) -> None:
        """Take what generator functions yield for what is fed, where nothing else is shown."""
        if self.ledger.feeds:
            return
        for node in list(self.functions.values()):
            function = Function(node)
            given: list[Value] = [Data(a.arg, node.lineno) for a in node.args.args]
            made = self.of_generator(function, node.lineno, given) if function.yields else UNKNOWN
            if isinstance(made, Data) and made.labels is not None:
                inputs, labels = shown_in_part(made), shown_in_part(made.labels)
                self.ledger.keep(Feed(use="train", inputs=inputs, labels=labels, line=node.lineno))
                return

    def instance(self, of: Class, arguments: list[Value], keywords: dict[str, Value]) -> Value:
        """Return an object of the script's own class; of a network, with the layers it applies.

        A class that gives batches by `__getitem__` is the images and labels that it gives.
        """
        made = Instance(of)
        methods = self.methods(of)
        if "__init__" in methods:
            self.call_function(Function(methods["__init__"], made), arguments, keywords)
        elif (built := built_by_base(of.node, arguments, keywords)) is not None:
            made.model = self.with_own_step(of, built)
            self.models.append(made.model)
        if made.model is not None:
            return made  # it was told its inputs and outputs
        if "__getitem__" in methods and "forward" not in methods:
            index = Data("index", of.node.lineno, free=True)
            given = self.call_function(Function(methods["__getitem__"], made), [index], {})
            pair = given if isinstance(given, (tuple, list)) else (given, UNKNOWN)
            if pair and isinstance(pair[0], Data) and not pair[0].free:
                labels = pair[1] if len(pair) > 1 and isinstance(pair[1], Data) else None
                return dataclasses.replace(pair[0], labels=labels)
        bases = [ast.unparse(base).rpartition(".")[2] for base in of.node.bases]
        forward = methods.get("forward") or methods.get("call")
        own_step = "train_step" in methods
        if (forward is not None or own_step) and any(base in _NETWORKS for base in bases):
            model = ModelValue(line=of.node.lineno)
            out = self.passed_forward(forward, made) if forward is not None else UNKNOWN
            if isinstance(out, (tuple, list)) and out:
                several = sum(isinstance(item, Tensor) for item in out) > 1
                out = out[0]
                if several and isinstance(out, Tensor):
                    # Of which output a loss is, is not told.
                    out = out.then(Layer(kind=OPAQUE, line=of.node.lineno))
            if isinstance(out, Tensor):
                model.layers, model.backbone = list(out.layers), out.backbone
            else:
                model.unseen = True
            made.model = self.with_own_step(of, model)
            self.models.append(model)
            if "configure_optimizers" in methods and "training_step" in methods:
                given = self.call_function(Function(methods["configure_optimizers"], made), [], {})
                model.optimizer = model.optimizer or _first_optimizer(given)
        return made

    def passed_forward(self, forward: ast.FunctionDef, made: Instance) -> Value:
        """Return what a network's forward pass gives; all that it must be given are its inputs."""
        needed = len(forward.args.args) - len(forward.args.defaults) - 1
        inputs: list[Value] = [Tensor() for _ in range(max(1, needed))]
        return self.call_function(Function(forward, made), inputs, {})

    def epoch_rates(self, function: Value, epochs: int, begin: float | None) -> tuple[float, ...]:
        """Return the rate of each epoch from a LearningRateScheduler's function; () if unknown.

        One of two arguments is given the rate of the epoch before, at first the optimizer's.
        """
        if not isinstance(function, Function):
            return ()
        given = function.node.args
        from_before = len(given.args) - len(given.defaults) == MOST_OF_SCHEDULE
        rates: list[float] = []
        for epoch in range(min(epochs, 500)):
            before = rates[-1] if rates else begin
            rate = self.call_function(function, [epoch, before] if from_before else [epoch], {})
            if not isinstance(rate, (int, float)) or isinstance(rate, bool):
                return ()
            rates.append(float(rate))
        return tuple(rates)


@functools.lru_cache(maxsize=512)
def _bound_in(function: ast.FunctionDef | ast.Lambda) -> frozenset[str]:
    """Return the names that a function gives values to itself."""
    inner = (n for n in ast.walk(function) if isinstance(n, ast.Name))
    return frozenset(n.id for n in inner if isinstance(n.ctx, ast.Store))


def _counted_item(loop: ast.For) -> ast.expr:
    """Return the name of an item: `batch` of `for i, batch in enumerate(batches)`."""
    match loop:
        case ast.For(
            target=ast.Tuple(elts=[_, item]), iter=ast.Call(func=ast.Name(id="enumerate"))
        ):
            return item
        case _:
            return loop.target


def _first_optimizer(value: Value) -> OptimizerValue | None:
    """Return the optimizer of what Lightning's `configure_optimizers` gives, in any form."""
    if isinstance(value, OptimizerValue):
        return value
    if isinstance(value, dict):
        return _first_optimizer(value.get("optimizer"))
    items = value if isinstance(value, (list, tuple)) else ()
    return next(filter(None, map(_first_optimizer, items)), None)


def _truth(value: Value) -> bool | None:
    """Return whether a test holds; `None` where that cannot be told."""
    if isinstance(value, bool):
        return value
    if value is None:
        return False
    made = isinstance(value, (Function, Class, LayerValue, ModelValue))
    # An empty list may be filled by what is not followed.
    return True if made or (isinstance(value, (list, tuple)) and value) else None


def _is_main(test: ast.expr) -> bool:
    """Return whether a test holds where the script is run: `__name__ == "__main__"`."""
    names = {"__name__", "'__main__'"}
    return isinstance(test, ast.Compare) and set(ast.unparse(test).split(" == ")) == names


def _with_own_set(value: Value, source: ast.expr) -> Value:
    """Return a value; a deep copy of a part of a random split has a copy of the set as well."""
    if not isinstance(value, Data) or not any(o.value == "random_split" for o in value.operations):
        return value
    copied = "deepcopy(" in ast.unparse(source)
    return value.then("call", OWN_SET, source.lineno) if copied else value
