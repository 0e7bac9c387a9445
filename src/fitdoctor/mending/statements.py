"""Calls taken out, statements put in and moved, arrays prepared before they are fitted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import libcst as cst

from fitdoctor.catalogue import optimizers
from fitdoctor.mending.arguments import find, without_element
from fitdoctor.mending.source import NotPlainError, Source, Statement, last_name, text_of
from fitdoctor.records.change import Assign, Behind, Drop, Insert, Move, Prepare, Unscale


def dropped(source: Source, edit: Drop) -> Iterator[str]:
    """Yield the text without a call: once for each call of the line that can be taken out."""
    for call in source.calls(edit.line, edit.calls):
        yield from _without(source, call)


def _without(source: Source, call: cst.Call) -> Iterator[str]:
    parent = source.parent(call)
    if isinstance(parent, cst.Call) and parent.func is call and len(parent.args) == 1:
        yield _in_place_of(source, parent, parent.args[0].value)  # Layer(...)(x)
    elif isinstance(parent, cst.Expr):
        yield without_statement(source, call)  # optimizer.step()
    elif isinstance(parent, cst.Arg) and isinstance(adding := source.parent(parent), cst.Call):
        yield from _argument_of(source, call, parent, adding)
    elif isinstance(parent, cst.Element) and isinstance(
        listed := source.parent(parent), cst.List | cst.Tuple
    ):
        rest = without_element(listed.elements, listed.elements.index(parent))
        yield source.with_(listed, listed.with_changes(elements=rest))
    else:
        yield from _applied(source, call)
        yield from _attribute(source, call)


def followed(source: Source, edit: Behind) -> Iterator[str]:
    """Yield the text with an element more behind a call of the line, laid out like that one."""
    for call in source.calls(edit.line, edit.calls):
        element = source.parent(call)
        listed = source.parent(element) if element is not None else None
        made = cst.Call(func=_sibling(source, call.func, edit.name))
        if isinstance(element, cst.Element) and isinstance(listed, cst.List | cst.Tuple):
            found = _with_behind(listed.elements, element, made)
            yield source.with_(listed, listed.with_changes(elements=found))
        elif (
            isinstance(element, cst.Arg)
            and isinstance(listed, cst.Call)
            and last_name(listed.func) == "Sequential"
        ):
            found = _with_behind(listed.args, element, made)
            yield source.with_(listed, listed.with_changes(args=found))


def _sibling(source: Source, func: cst.BaseExpression, name: str) -> cst.BaseExpression:
    if isinstance(func, cst.Attribute):
        return func.with_changes(attr=cst.Name(name))
    if name not in {text_of(alias.name) for alias in source.all(cst.ImportAlias)}:
        raise NotPlainError(f"{name} is not imported")
    return cst.Name(name)


def _with_behind(elements: Sequence[Any], element: Any, value: cst.Call) -> list[Any]:
    """Return elements with one more; a list of one element to a line stays one."""
    rest = list(elements)
    at = rest.index(element)
    new = element.with_changes(value=value, comma=_with_comment(element.comma, None))
    if at == len(rest) - 1:
        comma = rest[at - 1].comma if at else cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
        rest[at] = element.with_changes(comma=_with_comment(comma, _comment(element.comma)))
    rest.insert(at + 1, new)
    return rest


def _comment(comma: Any) -> Any:
    """Return the comment that stands behind a comma."""
    space = getattr(comma, "whitespace_after", None)
    return space.first_line.comment if isinstance(space, cst.ParenthesizedWhitespace) else None


def _with_comment(comma: Any, comment: Any) -> Any:
    """Return a comma that ends its line with another comment, or with none."""
    space = getattr(comma, "whitespace_after", None)
    if not isinstance(space, cst.ParenthesizedWhitespace):
        return comma
    width = cst.SimpleWhitespace("  " if comment is not None else "")
    line = space.first_line.with_changes(comment=comment, whitespace=width)
    return comma.with_changes(whitespace_after=space.with_changes(first_line=line))


def _argument_of(source: Source, call: cst.Call, arg: cst.Arg, adding: cst.Call) -> Iterator[str]:
    if last_name(adding.func) == "add" and isinstance(source.parent(adding), cst.Expr):
        yield without_statement(source, adding)  # model.add(Layer(...))
    elif last_name(adding.func) == "Sequential":
        rest = without_element(adding.args, adding.args.index(arg))
        yield source.with_(adding, adding.with_changes(args=rest))
    else:
        yield from _applied(source, call)


def _applied(source: Source, call: cst.Call) -> Iterator[str]:
    """Yield the text in which `f(x, ...)` or `x.f(...)` is `x`."""
    plain = [a for a in call.args if a.keyword is None and not a.star]
    func = call.func
    of_library = isinstance(func, cst.Name) or (
        isinstance(func, cst.Attribute)
        and text_of(func.value) in {"torch", "F", "nn.functional", "torch.nn.functional", "tf.nn",
                                    "functional", "keras.activations", "tf.keras.activations"}
    )  # fmt: skip
    own = isinstance(func, cst.Attribute) and text_of(func.value) == "self"
    if (of_library or own) and plain:
        yield _in_place_of(source, call, plain[0].value)
    elif isinstance(func, cst.Attribute) and not own and not of_library:
        yield _in_place_of(source, call, func.value)


def _attribute(source: Source, made: cst.Call) -> Iterator[str]:
    """Yield the text in which what `self.f = F(...)` makes is applied nowhere any more."""
    assign = source.parent(made)
    target = assign.targets[0].target if isinstance(assign, cst.Assign) else None
    if target is None or not isinstance(target, cst.Attribute | cst.Name):
        return
    name = text_of(target)
    uses = [c for c in source.all(cst.Call) if text_of(c.func) == name and len(c.args) == 1]
    if len(uses) == 1:
        yield _in_place_of(source, uses[0], uses[0].args[0].value)


def _in_place_of(source: Source, call: cst.Call, value: cst.BaseExpression) -> str:
    """Return the text with a value in place of a call of it; `x = x` is no line."""
    statement = source.parent(call)
    if isinstance(statement, cst.Assign) and statement.value is call:
        target = statement.targets[0].target
        if len(statement.targets) == 1 and text_of(target) == text_of(value):
            return without_statement(source, call)
    return source.with_(call, value)


def without_statement(source: Source, node: cst.CSTNode) -> str:
    """Return the text without the statement that a node is all of; comments above it stay."""
    line = node if isinstance(node, cst.SimpleStatementLine | cst.BaseCompoundStatement) else (
        source.around(node, cst.SimpleStatementLine))  # fmt: skip
    alone = not isinstance(line, cst.SimpleStatementLine) or len(line.body) == 1
    block = source.block_of(line) if line is not None and alone else None
    if line is None or block is None:
        raise NotPlainError("several statements share its line")
    body: list[Any] = list(block.body)
    at = body.index(line)
    kept = line.leading_lines
    if kept and at + 1 < len(body) and any(one.comment for one in kept):
        behind = body[at + 1]
        body[at + 1] = behind.with_changes(leading_lines=[*kept, *behind.leading_lines])
    del body[at]
    return source.with_block(block, body)


def inserted(source: Source, edit: Insert) -> Iterator[str]:
    """Yield the text with a statement more, once for each name that may be meant."""
    anchor = source.statement(edit.line)
    if anchor is None:
        raise NotPlainError("several statements share its line")
    for code in dict.fromkeys(_filled(source, edit)):
        new = list(cst.parse_module(code + "\n").body)
        if edit.where == "into":
            block = getattr(anchor, "body", None)
            if not isinstance(block, cst.IndentedBlock):
                raise NotPlainError("its block stands on the line of its head")
            yield source.with_(block, block.with_changes(body=[*new, *block.body]))
        else:
            yield beside(source, anchor, new, edit.where)


def _filled(source: Source, edit: Insert) -> Iterator[str]:
    """Yield the statement with each name that it may be about."""
    if edit.called is None:
        yield edit.source
        return
    method, line = edit.called
    if method == "=":
        for assign in source.all(cst.Assign):
            if source.line(assign) <= line <= source.last_line(assign):
                yield edit.source.format(it=text_of(assign.targets[0].target))
        return
    for call in source.all(cst.Call):
        func = call.func
        if source.line(call) != line or not isinstance(func, cst.Name | cst.Attribute):
            continue
        if not method:
            yield edit.source.format(it=text_of(func))
        elif isinstance(func, cst.Attribute) and func.attr.value == method:
            yield edit.source.format(it=text_of(func.value))


def beside(
    source: Source, anchor: Statement, new: Sequence[Any], where: str, gone: Any = None
) -> str:
    block = source.block_of(anchor)
    if block is None:
        raise NotPlainError("it stands on the line of another statement")
    body: list[Any] = [one for one in block.body if one is not gone]
    at = body.index(anchor)
    if where == "after":
        body[at + 1 : at + 1] = new
        return source.with_block(block, body)
    # Blank lines above stay above; a comment goes on standing at what it is about.
    leading = list(anchor.leading_lines)
    first = next((i for i, one in enumerate(leading) if one.comment), len(leading))
    new = [new[0].with_changes(leading_lines=leading[:first]), *new[1:]]
    body[at : at + 1] = [*new, anchor.with_changes(leading_lines=leading[first:])]
    return source.with_block(block, body)


def moved(source: Source, edit: Move) -> Iterator[str]:
    """Yield the text with a statement at another place; a loop that is all of it goes along."""
    what, anchor = source.statement(edit.line), source.statement(edit.to)
    if what is None or anchor is None:
        raise NotPlainError("several statements share its line")
    block = source.block_of(what)
    if edit.keep:
        yield _copied(source, what, anchor, edit)
        return
    while block is not None and len(block.body) == 1 and isinstance(
        loop := source.parent(block), cst.For
    ):  # fmt: skip
        if source.line(loop) <= edit.to <= source.last_line(loop):
            break
        what, block = loop, source.block_of(loop)
    if block is None:
        raise NotPlainError("it stands on the line of another statement")
    bare = what.with_changes(leading_lines=[one for one in what.leading_lines if one.comment])
    if source.block_of(anchor) is block:
        yield beside(source, anchor, [bare], edit.where, gone=what)
        return
    line = source.line(what)
    code = cst.Module(body=[]).code_for_node(bare.with_changes(leading_lines=[]))
    below = (source.last_line(anchor) if edit.where == "after" else edit.to) >= line
    first = beside(source, anchor, list(cst.parse_module(code).body), edit.where)
    again = Source(first)
    old = again.statement(line + (0 if below else code.count("\n")))
    if old is not None:
        yield without_statement(again, old)


def _copied(source: Source, what: Statement, anchor: Statement, edit: Move) -> str:
    bare = what.with_changes(leading_lines=[])
    if edit.rate is not None:
        changed = _with_rate(bare, edit.rate)
        if changed is None:
            raise NotPlainError("the optimizer is not made where it is given")
        bare = changed
    return beside(source, anchor, [bare], edit.where)


def _with_rate(what: Statement, rate: float) -> Statement | None:
    """Return a statement with another rate of the optimizer that is made in it."""
    for call in cst_calls(what):
        given = find(call, ("learning_rate", "lr"), 0)
        if last_name(call.func) in optimizers.NAMES and given is not None:
            value = cst.parse_expression(f"{rate:g}")
            return what.deep_replace(given, given.with_changes(value=value))
    return None


def cst_calls(node: cst.CSTNode) -> Iterator[cst.Call]:
    """Yield the calls below a node, the outermost first."""
    if isinstance(node, cst.Call):
        yield node
    for child in node.children:
        yield from cst_calls(child)


def assigned(source: Source, edit: Assign) -> Iterator[str]:
    """Yield the text in which the result of arithmetic is given to the name that it is made of."""
    for line in source.all(cst.SimpleStatementLine):
        if source.line(line) != edit.line or len(line.body) != 1:
            continue
        small = line.body[0]
        if not isinstance(small, cst.Expr | cst.Assign):
            continue
        root = _root(small.value)
        if root is None:
            continue
        target = cst.AssignTarget(target=cst.Name(root))
        if isinstance(small, cst.Assign) and len(small.targets) == 1:
            target = small.targets[0].with_changes(target=cst.Name(root))
        new = cst.Assign(targets=[target], value=small.value, semicolon=small.semicolon)
        yield source.with_(small, new)


def _root(value: cst.BaseExpression) -> str | None:
    """Return the one name that arithmetic or a method is about."""
    if isinstance(value, cst.Name):
        return str(value.value)
    if isinstance(value, cst.BinaryOperation):
        sides = [side for side in (value.left, value.right) if not _is_number(side)]
        return _root(sides[0]) if len(sides) == 1 else None
    if isinstance(value, cst.Call) and isinstance(value.func, cst.Attribute):
        method = value.func.attr.value in {"astype", "reshape"}
        return _root(value.func.value) if method else None
    return None


def _is_number(value: cst.BaseExpression) -> bool:
    if isinstance(value, cst.BinaryOperation):
        return _is_number(value.left) and _is_number(value.right)
    return isinstance(value, cst.Integer | cst.Float)


def unscaled(source: Source, edit: Unscale) -> Iterator[str]:
    """Yield the text in which another expression stands for a quotient, or a product."""
    for node in source.all(cst.BinaryOperation):
        if source.line(node) != edit.line or _is_number(node):
            continue
        if isinstance(node.operator, cst.Divide | cst.Multiply) and _is_number(node.right):
            yield source.with_(node, _filled_in(edit.source, node.left))
    for line in source.all(cst.AugAssign):
        by = isinstance(line.operator, cst.DivideAssign | cst.MultiplyAssign)
        if source.line(line) == edit.line and by and _is_number(line.value):
            if edit.source == "{it}":
                yield without_statement(source, line)
            else:
                target = cst.AssignTarget(target=line.target)
                new = cst.Assign(targets=[target], value=_filled_in(edit.source, line.target))
                yield source.with_(line, new)


def _filled_in(template: str, node: cst.BaseExpression) -> cst.BaseExpression:
    if template == "{it}":
        return node
    return cst.parse_expression(template.format(it=text_of(node)))


def prepared(source: Source, edit: Prepare) -> Iterator[str]:
    """Yield the text in which the arrays of a fit are changed in lines before it."""
    for call in source.calls(edit.line, ("fit",)):
        pairs = list(dict.fromkeys(_pairs(source, call, edit)))
        at = call
        if edit.sets != ("train",) and "train" not in edit.sets:
            at = _where_all_are(source, call, pairs, edit)
        statement = source.around(at, cst.SimpleStatementLine)
        if statement is None or source.around(at, cst.For, cst.While) is not None:
            raise NotPlainError(f"{last_name(at.func)} is called in a loop")
        lines = "\n".join(_lines(source, source.line(at), pairs, edit))
        yield beside(source, statement, list(cst.parse_module(lines + "\n").body), "before")


def _where_all_are(
    source: Source, fit: cst.Call, pairs: Sequence[tuple[str, str]], edit: Prepare
) -> cst.Call:
    """Return the fit, or the first later call, before which all the arrays are there."""
    later = [c for c in source.all(cst.Call) if last_name(c.func) in edit.sets]
    for call in (fit, *later):
        line = source.line(call)
        if pairs and line >= source.line(fit) and all(_is_array(source, x, line) for x, _ in pairs):
            return call
    raise NotPlainError("what is given is no array under a name of its own")


def _lines(
    source: Source, line: int, pairs: Sequence[tuple[str, str]], edit: Prepare
) -> Iterator[str]:
    labelled = "{y}" in edit.source
    for x, y in pairs:
        if not x or not _is_array(source, x, line):
            raise NotPlainError("the inputs of fit are no array under a name of its own")
        if labelled and not (y and _is_array(source, y, line)):
            raise NotPlainError("the labels of fit are no array under a name of its own")
        names = {"x": x, "y": y, "np": _numpy(source)}
        if "{np}" in edit.source and not names["np"]:
            raise NotPlainError("numpy is not imported")
        yield edit.source.format(**names)


def _pairs(source: Source, call: cst.Call, edit: Prepare) -> Iterator[tuple[str, str]]:
    """Yield the names of inputs, and of labels if they matter, of each set; "" for no name."""
    labelled = "{y}" in edit.source

    def named(x: Any, y: Any) -> tuple[str, str]:
        # What is done to each number may as well be done to the array that rows are cut from.
        return (_name(x), _name(y)) if labelled else (_name(x) or _cut_from(x), "")

    if "train" in edit.sets:
        yield named(find(call, ("x",), 0), find(call, ("y",), 1))
    held = find(call, ("validation_data",), None)
    if "validation" in edit.sets and held is not None:
        if not isinstance(held.value, cst.Tuple) or len(held.value.elements) < 2:
            raise NotPlainError("validation_data is no pair of names")
        yield named(*(element.value for element in held.value.elements[:2]))
    for later in source.all(cst.Call):
        if last_name(later.func) in edit.sets and source.line(later) > source.line(call):
            x, y = named(find(later, ("x",), 0), find(later, ("y",), 1))
            # Beside others, what is not there before fit is prepared where it is made.
            alone = edit.sets == (last_name(later.func),)
            there = alone or _is_array(source, x, source.line(call))
            if x and there and (y or not labelled):
                yield x, y


def _name(given: cst.CSTNode | None) -> str:
    value = given.value if isinstance(given, cst.Arg) else given
    return str(value.value) if isinstance(value, cst.Name) else ""


def _cut_from(given: cst.CSTNode | None) -> str:
    """Return the name of the array of which rows are given, as in `x[:600]`; else ""."""
    value = given.value if isinstance(given, cst.Arg) else given
    if not isinstance(value, cst.Subscript) or len(value.slice) != 1:
        return ""
    return _name(value.value) if isinstance(value.slice[0].slice, cst.Slice) else ""


def _numpy(source: Source) -> str:
    for alias in source.all(cst.ImportAlias):
        if text_of(alias.name) == "numpy" and not isinstance(source.parent(alias), cst.ImportFrom):
            return text_of(alias.asname.name) if alias.asname is not None else "numpy"
    # An excerpt leaves its imports out, and calls it what everybody does.
    return "np" if any(text_of(one.value) == "np" for one in source.all(cst.Attribute)) else ""


MAKE_ARRAYS = frozenset(
    {"arange", "array", "asarray", "astype", "concatenate", "expand_dims", "fit_transform",
     "full", "genfromtxt", "hstack", "integers", "linspace", "load", "load_data", "loadtxt",
     "normal", "ones", "permutation", "rand", "randint", "randn", "random", "repeat",
     "reshape", "stack", "standard_normal", "to_categorical", "to_numpy", "train_test_split",
     "transform", "uniform", "vstack", "where", "zeros"}
)  # fmt: skip
"""Functions that give arrays of NumPy, or tuples of such."""


def _is_array(source: Source, name: str, line: int) -> bool:
    """Return whether the last assignment to a name before a line gives it an array."""
    values = [
        assign.value
        for assign in source.all(cst.Assign)
        if source.line(assign) < line
        for target in assign.targets
        if name in _bound(target.target)
    ]
    return bool(values) and _gives_array(values[-1])


def _bound(node: cst.CSTNode) -> set[str]:
    if isinstance(node, cst.Name):
        return {node.value}
    return set().union(*map(_bound, node.children)) if node.children and not isinstance(
        node, cst.Subscript | cst.Attribute
    ) else set()  # fmt: skip


def _gives_array(value: cst.CSTNode) -> bool:
    if isinstance(value, cst.BinaryOperation):
        apart = isinstance(value.operator, cst.Divide | cst.Subtract | cst.MatrixMultiply)
        return apart or _gives_array(value.left) or _gives_array(value.right)
    if isinstance(value, cst.Comparison):
        return True
    if isinstance(value, cst.Subscript):
        return True
    if isinstance(value, cst.Attribute):
        return value.attr.value in {"values", "data", "images", "target"}
    if isinstance(value, cst.Tuple):
        return all(_gives_array(one.value) for one in value.elements)
    return isinstance(value, cst.Call) and last_name(value.func) in MAKE_ARRAYS
