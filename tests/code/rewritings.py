"""Rewritings of programs that change nothing of what they do.

Each takes a syntax tree and returns another one whose nodes keep their lines, so that findings can
be compared to the line. A rewriting leaves alone what it does not fit.
"""

import ast
import copy
from collections import Counter
from collections.abc import Callable

_LATER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPOUND = (ast.If, ast.For, ast.While, ast.With, ast.Try)


def _at(made, node):
    for inner in ast.walk(made):
        if not hasattr(inner, "lineno"):
            ast.copy_location(inner, node)
    return made


def _load(name):
    return ast.Name(name, ast.Load())


def _parsed(text, node):
    """Return statements of new text, all on the line of a node."""
    body = ast.parse(text).body
    for statement in body:
        for inner in ast.walk(statement):
            if hasattr(inner, "lineno"):
                inner.lineno = inner.end_lineno = node.lineno
    return body


def _head(tree):
    """Return how many statements at the beginning are imports or expository."""
    for at, node in enumerate(tree.body):
        plain = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not isinstance(node, (ast.Import, ast.ImportFrom)) and not plain:
            return at
    return len(tree.body)


def _bindings(tree):
    """Return how often each name is bound, anywhere."""
    found = Counter()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                found[name] += 1
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found[name] += 1
            case ast.alias(name=name, asname=other):
                found[other or name.partition(".")[0]] += 1
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                found.update(dict.fromkeys(names, 2))
            case ast.ExceptHandler(name=str() as name):
                found[name] += 1
            case _:
                pass
    return found


def _module_names(tree, kind=ast.expr):
    """Return the names that one plain assignment of the module alone binds, used after it."""
    bound = _bindings(tree)
    return {
        node.targets[0].id
        for node in tree.body
        if isinstance(node, ast.Assign)
        and len(node.targets) == 1
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, kind)
        and bound[node.targets[0].id] == 1
    }


class _Replace(ast.NodeTransformer):
    def __init__(self, names, make):
        self.names, self.make = names, make

    def visit_Name(self, node):
        if node.id not in self.names:
            return node
        return _at(self.make(node.id, type(node.ctx)()), node)


def _held(tree, names, make, before):
    if not names or not tree.body:
        return tree
    tree = _Replace(names, make).visit(tree)
    at = _head(tree)
    where = tree.body[min(at, len(tree.body) - 1)]
    tree.body[at:at] = _parsed(before, where)
    return tree


def _item(name, ctx):
    return ast.Subscript(_load("held_"), ast.Constant(name), ctx)


def _field(name, ctx):
    return ast.Attribute(_load("held_"), name, ctx)


def literals_named(tree):
    """Numbers, texts and truths that calls of the module are given get names before."""
    body = []
    for number, statement in enumerate(tree.body):
        named = _Named(number)
        plain = not isinstance(statement, (*_LATER, *_COMPOUND))
        changed = named.visit(statement) if plain else statement
        for name, value in named.made.items():
            body.append(_at(ast.Assign([ast.Name(name, ast.Store())], value), value))
        body.append(changed)
    tree.body = body
    return tree


class _Named(ast.NodeTransformer):
    """Gives names to the constants of calls."""

    def __init__(self, number):
        self.number, self.made = number, {}

    def visit_Lambda(self, node):
        return node

    def visit_Call(self, node):
        self.generic_visit(node)
        node.args = [self.named(a) for a in node.args]
        for word in node.keywords:
            word.value = self.named(word.value)
        return node

    def named(self, value):
        if not isinstance(value, ast.Constant) or value.value is None:
            return value
        name = f"value_{self.number}_{len(self.made)}"
        self.made[name] = value
        return _at(_load(name), value)


def settings_in_dictionary(tree):
    return _held(tree, _module_names(tree, ast.Constant), _item, "held_ = {}")


def settings_in_namespace(tree):
    before = "from types import SimpleNamespace\nheld_ = SimpleNamespace()"
    return _held(tree, _module_names(tree, ast.Constant), _field, before)


def settings_in_class(tree):
    return _held(tree, _module_names(tree, ast.Constant), _field, "class held_:\n    pass")


def _name_of(assignment):
    target = assignment.targets[0]
    return target.id if isinstance(target, ast.Name) else None


def settings_in_dataclass(tree):
    names = _module_names(tree, ast.Constant)
    settings = [s for s in tree.body if isinstance(s, ast.Assign) and _name_of(s) in names]
    values = {_name_of(s): s.value.value for s in settings}
    fields = "".join(f"    {n}: object = {v!r}\n" for n, v in values.items())
    before = f"from dataclasses import dataclass\n@dataclass\nclass Held_:\n{fields}held_ = Held_()"
    if names:
        tree.body = [s for s in tree.body if s not in settings]
    return _held(tree, names, _field, before)


def settings_by_arguments(tree):
    """What is a number or a text comes from the command line, by default the same."""
    plain = {
        name
        for name in _module_names(tree, ast.Constant)
        if isinstance(_set_to(tree, name), (int, float, str))
        and not isinstance(_set_to(tree, name), bool)
    }
    kinds = {name: type(_set_to(tree, name)).__name__ for name in plain}
    options = []
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and (name := _name_of(statement)) in plain:
            told = f"type={kinds[name]}, default={_set_to(tree, name)!r}"
            options += _parsed(f"parser_.add_argument('--{name}', {told})", statement)
    if not plain:
        return tree
    tree.body = [s for s in tree.body if not (isinstance(s, ast.Assign) and _name_of(s) in plain)]
    made = "import argparse\nparser_ = argparse.ArgumentParser()\nheld_ = parser_.parse_args()"
    tree = _held(tree, plain, _field, made)
    end = next(n for n, s in enumerate(tree.body) if ast.unparse(s).startswith("held_ ="))
    tree.body[end:end] = options
    return tree


def _set_to(tree, name):
    return next(
        s.value.value for s in tree.body if isinstance(s, ast.Assign) and _name_of(s) == name
    )


def values_in_dictionary(tree):
    return _held(tree, _module_names(tree), _item, "held_ = {}")


def values_in_object(tree):
    return _held(tree, _module_names(tree), _field, "class Held_:\n    pass\nheld_ = Held_()")


class _Calls(ast.NodeTransformer):
    """Changes calls that are whole right sides or arguments, no methods of `super()`."""

    def __init__(self, change):
        self.change = change

    def visit_Call(self, node):
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in {"super", "locals", "globals"}:
            return node
        return _at(self.change(node) or node, node)


def _starred(node):
    if len(node.args) < 2 or any(isinstance(a, ast.Starred) for a in node.args):
        return None
    items = ast.Tuple(node.args, ast.Load())
    return ast.Call(node.func, [ast.Starred(items, ast.Load())], node.keywords)


def star_arguments(tree):
    return _Calls(_starred).visit(tree)


def _double_starred(node):
    if not node.keywords or any(k.arg is None for k in node.keywords):
        return None
    keys = [ast.Constant(k.arg) for k in node.keywords]
    given = ast.Dict(keys, [k.value for k in node.keywords])
    return ast.Call(node.func, node.args, [ast.keyword(None, given)])


def double_star_arguments(tree):
    return _Calls(_double_starred).visit(tree)


def _partial(node):
    if not node.keywords or any(k.arg is None for k in node.keywords):
        return None
    partial = ast.Attribute(_load("functools"), "partial", ast.Load())
    made = ast.Call(partial, [node.func], node.keywords)
    return ast.Call(made, node.args, [])


def partial_arguments(tree):
    tree = _Calls(_partial).visit(tree)
    at = _head(tree)
    tree.body[at:at] = _parsed("import functools", tree.body[min(at, len(tree.body) - 1)])
    return tree


def _by_getattr(node):
    if not isinstance(node.func, ast.Attribute) or isinstance(node.func.value, ast.Call):
        return None
    found = ast.Call(_load("getattr"), [node.func.value, ast.Constant(node.func.attr)], [])
    return ast.Call(found, node.args, node.keywords)


def methods_by_getattr(tree):
    return _Calls(_by_getattr).visit(tree)


def _imported(tree):
    bound = _bindings(tree)
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module != "__future__"
        for alias in node.names
        if alias.name != "*" and bound[alias.asname or alias.name] == 1
    }


def imports_by_other_names(tree):
    names = _imported(tree)
    tree = _Replace(names, lambda name, ctx: ast.Name(f"{name}_", ctx)).visit(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                known = alias.asname or alias.name
                if known in names:
                    alias.asname = f"{known}_"
    return tree


def modules_by_other_names(tree):
    bound = _bindings(tree)
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if (alias.asname or "." not in alias.name) and bound[alias.asname or alias.name] == 1
    }
    tree = _Replace(names, lambda name, ctx: ast.Name(f"{name}_", ctx)).visit(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if (alias.asname or alias.name) in names:
                    alias.asname = f"{alias.asname or alias.name}_"
    return tree


def names_of_modules(tree):
    """`from a.b import C` is `import a.b as b_`, and C is `b_.C`."""
    names = _imported(tree)
    origin = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and not node.level and all(
            (a.asname or a.name) in names for a in node.names
        ):  # fmt: skip
            module = f"{node.module.replace('.', '_')}_"
            origin |= {a.asname or a.name: (node.module, module, a.name) for a in node.names}
    body = []
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.names[0].name and (
            node.names[0].asname or node.names[0].name
        ) in origin:  # fmt: skip
            module = f"{node.module.replace('.', '_')}_"
            body.append(_at(ast.Import([ast.alias(node.module, module)]), node))
        else:
            body.append(node)
    tree.body = body
    return _Replace(
        origin, lambda n, ctx: ast.Attribute(_load(origin[n][1]), origin[n][2], ctx)
    ).visit(tree)


def in_function(tree):
    if any(isinstance(n, (ast.Global, ast.Nonlocal)) for n in ast.walk(tree)):
        return tree
    at = _head(tree)
    if at == len(tree.body) or any(_wild(n) for n in ast.walk(tree)):
        return tree
    first = tree.body[at]
    (made, called) = _parsed("def main_():\n    pass\nmain_()", first)
    made.body = tree.body[at:]
    called.lineno = called.end_lineno = tree.body[-1].lineno
    tree.body[at:] = [made, called]
    return tree


def _wild(node):
    return isinstance(node, ast.ImportFrom) and node.names[0].name == "*"


def under_main(tree):
    at = _head(tree)
    plain = [s for s in tree.body[at:] if not isinstance(s, _LATER)]
    later = [s for s in tree.body[at:] if isinstance(s, _LATER)]
    if not plain or _reads(later, {n for s in plain for n in _stored(s)}, at_once=True):
        return tree
    (guard,) = _parsed('if __name__ == "__main__":\n    pass', plain[0])
    guard.body = plain
    tree.body[at:] = [*later, guard]
    return tree


def _reads(nodes, names, *, at_once=False):
    """Return whether definitions read names when they are made: bases, defaults, decorators."""
    parts = []
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            parts += [*node.bases, *node.decorator_list]
            parts += [s for s in node.body if not isinstance(s, _LATER)]
            for part in node.body:
                if isinstance(part, ast.FunctionDef):
                    parts += [*part.decorator_list, *part.args.defaults]
                    parts += filter(None, part.args.kw_defaults)
        elif isinstance(node, ast.FunctionDef):
            parts += [
                *node.decorator_list,
                *node.args.defaults,
                *filter(None, node.args.kw_defaults),
            ]
    return any(isinstance(n, ast.Name) and n.id in names for p in parts for n in ast.walk(p))


def _stored(statement):
    return {
        n.id
        for n in ast.walk(statement)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }


def in_method(tree):
    if any(isinstance(n, (ast.Global, ast.Nonlocal)) or _wild(n) for n in ast.walk(tree)):
        return tree
    at = _head(tree)
    if at == len(tree.body):
        return tree
    (made, called) = _parsed(
        "class Main_:\n    def run(self):\n        pass\nMain_().run()", tree.body[at]
    )
    made.body[0].body = tree.body[at:]
    called.lineno = called.end_lineno = tree.body[-1].lineno
    tree.body[at:] = [made, called]
    return tree


def in_fields(tree):
    """Names of the module are fields of an object that makes them first and trains then."""
    at = _head(tree)
    plain = [s for s in tree.body[at:] if not isinstance(s, _LATER)]
    later = [s for s in tree.body[at:] if isinstance(s, _LATER)]
    inside = {n.id for s in plain for d in ast.walk(s) if isinstance(d, _LATER) for n in ast.walk(d)
              if isinstance(n, ast.Name)}  # fmt: skip
    used = inside | {n.id for s in later for n in ast.walk(s) if isinstance(n, ast.Name)}
    bound = _bindings(tree)
    fields = {name for s in plain if isinstance(s, ast.Assign) for name in _stored(s)
              if not isinstance(s.value, ast.NamedExpr)}  # fmt: skip
    others = {n.id for s in plain for n in ast.walk(s)
              if isinstance(n, (ast.For, ast.comprehension, ast.With, ast.withitem))
              for n in ast.walk(getattr(n, "target", n))
              if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}  # fmt: skip
    others |= {n.target.id for s in plain for n in ast.walk(s) if isinstance(n, ast.NamedExpr)}
    known = set()
    for statement in plain:
        loaded = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name)} - _stored(statement)
        if isinstance(statement, ast.Assign):
            loaded |= {n.id for n in ast.walk(statement.value) if isinstance(n, ast.Name)}
        others |= loaded - known  # of an excerpt, which makes them before
        known |= _stored(statement)
    names = fields - used - others
    if not names or _wild_or_global(tree) or len(plain) < 2 or bound["self"]:
        return tree
    (made, called) = _parsed(
        "class Main_:\n    def __init__(self):\n        pass\n"
        "    def fit(self):\n        pass\nMain_().fit()",
        plain[0],
    )
    called.lineno = called.end_lineno = tree.body[-1].lineno
    change = _Replace(names, lambda name, ctx: ast.Attribute(_load("self"), name, ctx))
    free = {name for s in later for name in _read_from_outside(s)}
    if ({n for s in plain for n in _stored(s)} - names) & free:
        return tree  # what functions of the module read would be a method's own
    moved = [change.visit(s) for s in plain]
    local = {n for s in moved[: len(moved) // 2] for n in _stored(s)}
    cut = len(moved) // 2 if not local else len(moved)
    made.body[0].body = moved[:cut] or made.body[0].body
    made.body[1].body = moved[cut:] or made.body[1].body
    tree.body[at:] = [*later, made, called]
    return tree


def _read_from_outside(function):
    """Return the names that a function or class reads and does not bind itself."""
    own = {n.arg for n in ast.walk(function) if isinstance(n, ast.arg)} | _stored(function)
    return {n.id for n in ast.walk(function) if isinstance(n, ast.Name)} - own


def _wild_or_global(tree):
    return any(isinstance(n, (ast.Global, ast.Nonlocal)) or _wild(n) for n in ast.walk(tree))


class _Assignments(ast.NodeTransformer):
    """Changes plain assignments to one name, wherever they stand outside of classes."""

    def __init__(self, change):
        self.change = change

    def visit_ClassDef(self, node):
        node.body = [
            self.generic_visit(s) if isinstance(s, ast.FunctionDef) else s for s in node.body
        ]
        return node

    def visit_Assign(self, node):
        self.generic_visit(node)
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            made = self.change(node.targets[0].id, node)
            return node if made is None else [_at(s, node) for s in made]
        return node


def walrus(tree):
    return _Assignments(
        lambda name, node: [ast.Expr(ast.NamedExpr(ast.Name(name, ast.Store()), node.value))]
    ).visit(tree)


def by_another_name(tree):
    return _Assignments(
        lambda name, node: [ast.Assign([ast.Name("new_", ast.Store())], node.value),
                            ast.Assign([ast.Name(name, ast.Store())], _load("new_"))]
    ).visit(tree)  # fmt: skip


def unpacked(tree):
    def change(name, node):
        pair = [ast.Name(name, ast.Store()), ast.Name("unused_", ast.Store())]
        values = ast.Tuple([node.value, ast.Constant(0)], ast.Load())
        return [ast.Assign([ast.Tuple(pair, ast.Store())], values)]

    return _Assignments(change).visit(tree)


def annotated(tree):
    return _Assignments(
        lambda name, node: [
            ast.AnnAssign(ast.Name(name, ast.Store()), _load("object"), node.value, 1)
        ]
    ).visit(tree)


def through_helper(tree):
    """Every call's result goes through a function that gives back what it is given."""

    def change(name, node):
        if not isinstance(node.value, ast.Call):
            return None
        return [
            ast.Assign([ast.Name(name, ast.Store())], ast.Call(_load("same_"), [node.value], []))
        ]

    tree = _Assignments(change).visit(tree)
    at = _head(tree)
    if tree.body:
        where = tree.body[min(at, len(tree.body) - 1)]
        tree.body[at:at] = _parsed("def same_(thing):\n    return thing", where)
    return tree


def made_by_functions(tree):
    """What one call of the module makes, a function of its own makes that reads its names."""
    bound = _bindings(tree)
    names = _module_names(tree, ast.Call)
    body = []
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and (
            node.targets[0].id in names
            and not any(isinstance(n, ast.NamedExpr) for n in ast.walk(node))
            and bound[node.targets[0].id] == 1
        ):  # fmt: skip
            name = node.targets[0].id
            (made,) = _parsed(f"def make_{name}():\n    return 0", node)
            made.body[0].value = node.value
            node.value = _at(ast.Call(_load(f"make_{name}"), [], []), node)
            body.append(made)
        body.append(node)
    tree.body = body
    return tree


class _Returns(ast.NodeTransformer):
    def visit_Lambda(self, node):
        return node

    def visit_Return(self, node):
        if node.value is None:
            return node
        return [
            _at(ast.Assign([ast.Name("result_", ast.Store())], node.value), node),
            _at(ast.Return(_load("result_")), node),
        ]


def returns_by_name(tree):
    return _Returns().visit(tree)


class _Early(ast.NodeTransformer):
    """An `if` with an `else` at the end of a function leaves the function early."""

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        match node.body:
            case [*_, ast.If(body=then, orelse=other) as test] if other and _leaves(then):
                test.orelse = []
                node.body = [*node.body, *other]
            case [*_, ast.If(body=then, orelse=other) as test] if other and not _yields(node):
                test.body = [*then, _at(ast.Return(None), then[-1])]
                test.orelse = []
                node.body = [*node.body, *other]
            case _:
                pass
        return node


def _yields(node):
    return any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in ast.walk(node))


def _leaves(body):
    return isinstance(body[-1], (ast.Return, ast.Raise))


def early_returns(tree):
    return _Early().visit(tree)


class _Loops(ast.NodeTransformer):
    def __init__(self, change):
        self.change = change

    def visit_For(self, node):
        self.generic_visit(node)
        made = self.change(node)
        return _at(made, node) if made is not None else node


def _over_iterator(node):
    node.iter = ast.Call(_load("iter"), [node.iter], [])
    return node


def over_iterators(tree):
    return _Loops(_over_iterator).visit(tree)


def _counted(node):
    if isinstance(node.iter, ast.Call) and isinstance(node.iter.func, ast.Name) and (
        node.iter.func.id in {"enumerate", "range"}
    ):  # fmt: skip
        return None
    node.iter = ast.Call(_load("enumerate"), [node.iter], [])
    node.target = ast.Tuple([ast.Name("count_", ast.Store()), node.target], ast.Store())
    return node


def _by_generator(node):
    if isinstance(node.iter, ast.Call) and isinstance(node.iter.func, ast.Name) and (
        node.iter.func.id in {"enumerate", "range", "zip"}
    ):  # fmt: skip
        return None
    node.iter = ast.Call(_load("each_"), [node.iter], [])
    return node


def over_generators(tree):
    """What loops go over comes from a generator function."""
    tree = _Loops(_by_generator).visit(tree)
    at = _head(tree)
    where = tree.body[min(at, len(tree.body) - 1)]
    text = "def each_(things):\n    for thing_ in things:\n        yield thing_"
    tree.body[at:at] = _parsed(text, where)
    return tree


def over_counted(tree):
    return _Loops(_counted).visit(tree)


def comprehensions_as_loops(tree):
    def change(name, node):
        match node.value:
            case ast.ListComp(elt=element, generators=[ast.comprehension(ifs=[]) as loop]):
                append = ast.Call(ast.Attribute(_load(name), "append", ast.Load()), [element], [])
                return [
                    ast.Assign([ast.Name(name, ast.Store())], ast.List([], ast.Load())),
                    ast.For(loop.target, loop.iter, [ast.Expr(append)], []),
                ]
            case _:
                return None

    return _Assignments(change).visit(tree)


def loops_as_comprehensions(tree):
    class Change(ast.NodeTransformer):
        def visit_For(self, node):
            self.generic_visit(node)
            match node:
                case ast.For(target=target, iter=over, body=[ast.Expr(value=ast.Call(
                        func=ast.Attribute(value=ast.Name() as into, attr="append"), args=[item]))],
                        orelse=[]):  # fmt: skip
                    loop = ast.comprehension(target, over, [], 0)
                    made = ast.Call(ast.Attribute(into, "extend", ast.Load()),
                                    [ast.ListComp(item, [loop])], [])  # fmt: skip
                    return _at(ast.Expr(made), node)
                case _:
                    return node

    return Change().visit(tree)


def lambdas_as_functions(tree):
    class Change(ast.NodeTransformer):
        def __init__(self):
            self.made = []

        def visit_Lambda(self, node):
            self.generic_visit(node)
            (function,) = _parsed("def f_():\n    return 0", node)
            function.name = f"lambda_{len(self.made)}_"
            function.args, function.body[0].value = node.args, node.body
            self.made.append(function)
            return _at(_load(function.name), node)

    body = []
    for statement in tree.body:
        closed = isinstance(statement, (*_LATER, *_COMPOUND))
        change = Change()
        if not closed and not any(
            isinstance(n, (ast.ListComp, ast.DictComp)) for n in ast.walk(statement)
        ):
            change.visit(statement)
            for n, made in enumerate(change.made):
                made.name = f"lambda_{len(body)}_{n}_"
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and node.id.startswith("lambda_"):
                    node.id = f"lambda_{len(body)}_{node.id.split('_')[1]}_"
        body += [*change.made, statement]
    tree.body = body
    return tree


def guarded(tree):
    at = _head(tree)
    body = []
    for statement in tree.body[at:]:
        if isinstance(statement, _LATER):
            body.append(statement)
            continue
        (made,) = _parsed("try:\n    pass\nfinally:\n    pass", statement)
        made.body = [statement]
        body.append(made)
    tree.body[at:] = body
    return tree


def in_contexts(tree):
    at = _head(tree)
    rest = [s for s in tree.body[at:] if not isinstance(s, _LATER)]
    if not rest:
        return tree
    body = []
    for statement in tree.body[at:]:
        if isinstance(statement, _LATER):
            body.append(statement)
            continue
        (made,) = _parsed("with contextlib.nullcontext():\n    pass", statement)
        made.body = [statement]
        body.append(made)
    tree.body[at:] = [*_parsed("import contextlib", rest[0]), *body]
    return tree


def tests_negated(tree):
    class Change(ast.NodeTransformer):
        def visit_If(self, node):
            self.generic_visit(node)
            if node.orelse:
                test = _at(ast.UnaryOp(ast.Not(), node.test), node.test)
                node.test, node.body, node.orelse = test, node.orelse, node.body
            return node

    return Change().visit(tree)


REWRITINGS: dict[str, Callable[[ast.Module], ast.Module]] = {
    function.__name__: function
    for function in (
        literals_named, settings_in_dictionary, settings_in_namespace, settings_in_class,
        settings_in_dataclass, settings_by_arguments, in_fields, over_generators,
        values_in_dictionary, values_in_object, star_arguments, double_star_arguments,
        partial_arguments, methods_by_getattr, imports_by_other_names, modules_by_other_names,
        names_of_modules, in_function, under_main, in_method, walrus, by_another_name, unpacked,
        annotated, through_helper, made_by_functions, returns_by_name, early_returns,
        over_iterators, over_counted, comprehensions_as_loops, loops_as_comprehensions,
        lambdas_as_functions, guarded, in_contexts, tests_negated,
    )
}  # fmt: skip


def rewritten(tree, *names):
    """Return a tree after these rewritings, one after the other."""
    made = copy.deepcopy(tree)
    for name in names:
        made = ast.fix_missing_locations(REWRITINGS[name](made))
    return made
