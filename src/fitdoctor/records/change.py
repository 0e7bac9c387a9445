"""How a program is to be changed: what its recipe becomes, and edits at lines of its source."""

from __future__ import annotations

from typing import Literal

import msgspec

from fitdoctor.records.recipe import Recipe

Value = str | float | bool | None


class Argument(msgspec.Struct, frozen=True, kw_only=True):
    """Give an argument of a call another value, or add it."""

    line: int
    calls: tuple[str, ...]
    """Last parts of the names of the functions that it may be."""
    names: tuple[str, ...]
    """Keywords of the argument in all versions of the library; the first is written where new."""
    value: Value = None
    source: str = ""
    """An expression, in place of `value`."""
    remove: bool = False
    """Take the argument away, so that the default holds."""
    position: int | None = None
    """Where it stands when it is given without a name."""
    copied: tuple[int, str, str] | None = None
    """Line, function and keyword of another call, whose argument is the value as it is written."""


class Drop(msgspec.Struct, frozen=True, kw_only=True):
    """Take a call out: its line, its element of a list, or itself around its argument."""

    line: int
    calls: tuple[str, ...]


class Behind(msgspec.Struct, frozen=True, kw_only=True):
    """Put an element behind a call in the list, or among the arguments, that it stands in."""

    line: int
    calls: tuple[str, ...]
    name: str
    """A class of the module of the call, which is called without arguments."""


class Insert(msgspec.Struct, frozen=True, kw_only=True):
    """Put a statement before or behind the one at a line, or first into the block below it."""

    line: int
    source: str
    """A statement in which `{it}` stands for a name that the script has for something."""
    where: Literal["before", "after", "into"] = "before"
    called: tuple[str, int] | None = None
    """What `{it}` is: whose method of this name is called on this line; "" is what is called
    itself, "=" what is assigned to."""


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """Take the statement at a line to another place of the same file."""

    line: int
    to: int
    where: Literal["before", "after"] = "before"
    keep: bool = False
    """Leave it where it is as well."""
    rate: float | None = None
    """The learning rate of an optimizer that is made in the copy."""


class Postpone(msgspec.Struct, frozen=True, kw_only=True):
    """Take an assignment below a later statement, with those between that use what it makes."""

    line: int
    to: int


class Lift(msgspec.Struct, frozen=True, kw_only=True):
    """Execute the statement at a line once a round of an outer loop, behind what that round does.

    Where the inner loop stands in a function, that is behind the call of it in the outer loop.
    """

    line: int
    inner: int
    """The line of the loop that the statement stands in."""
    outer: int


class Assign(msgspec.Struct, frozen=True, kw_only=True):
    """Give the result of the arithmetic on a line to the name that it is made of."""

    line: int


class Unscale(msgspec.Struct, frozen=True, kw_only=True):
    """Put another expression in the place of a division by a number, or of a product with one."""

    line: int
    source: str = "{it}"
    """With `{it}` for what is divided."""


EVERY_SET = ("train", "validation", "evaluate", "predict")


class Prepare(msgspec.Struct, frozen=True, kw_only=True):
    """Change the arrays of a `fit`, by the names under which it is given them, just before it.

    What a later call is given that is not there before `fit` is changed before that call.
    """

    line: int
    source: str
    """Statements in which `{x}` and `{y}` stand for the names of inputs and labels."""
    sets: tuple[str, ...] = ("train",)
    """Whose arrays: those that are fitted, of `validation_data`, and of later calls, by their use
    in `Feed`."""


class Alike(msgspec.Struct, frozen=True, kw_only=True):
    """Put the data set of a line through the function that another one goes through by `map`."""

    line: int
    """A line of that function."""
    to: int
    """The line on which the data set is made, last."""
    but: tuple[int, ...] = ()
    """Lines of steps that are not for this one."""


class Rename(msgspec.Struct, frozen=True, kw_only=True):
    """Call, or give, another function of the same module; line 0 is where the only one stands."""

    line: int
    old: str
    new: str


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """Import a function from a module below that of the deep-learning library."""

    module: str
    """As `applications.resnet50`, below `keras` or `tensorflow.keras`."""
    name: str
    line: int = 0


class Twin(msgspec.Struct, frozen=True, kw_only=True):
    """Make a second object without some arguments, and use that one on a line."""

    line: int
    calls: tuple[str, ...]
    without: tuple[str, ...]
    used: int
    """The line of the call of a method of it that is to be one of the second object."""
    suffix: str = "_plain"


Edit = (
    Alike
    | Argument
    | Assign
    | Behind
    | Drop
    | Import
    | Insert
    | Lift
    | Move
    | Postpone
    | Prepare
    | Rename
    | Twin
    | Unscale
)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One way to mend a cause."""

    reason: str
    """What is changed and why that mends it, as one sentence."""
    recipe: Recipe | None = None
    """The settings of the mended program, where they are what changes."""
    edits: tuple[Edit, ...] = ()
    """How the source is changed, beside what follows from the recipe."""
    written_out: bool = False
    """The edits are all that is changed: the recipe only says what comes of them."""
    frees: tuple[str, ...] = ()
    """Settings of the recipe that may change as well, in a way that is not foreseen."""
    certain: bool = False
    """What it mends is a mistake whatever the data are; no training is needed to accept it."""
