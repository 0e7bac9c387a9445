"""Keras' public methods, wrapped so that what passes is recorded and nothing else changes.

Each method is wrapped on the class that defines it: Keras compares its own methods by identity
when it loads a model. A wrapper keeps signature, name and documentation, so that what inspects or
pickles the method by name finds what it found before.
"""

from __future__ import annotations

import atexit
import copy
import functools
import inspect
import sys
import threading
import weakref
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from fitdoctor.observe import arguments, arrays, files, loop
from fitdoctor.observe.place import line_of_script
from fitdoctor.observe.recording import Recording
from fitdoctor.observe.split import Split
from fitdoctor.observe.written import say
from fitdoctor.records.run import Fact, Operation
from fitdoctor.training import folders, taps

MARK = "__fitdoctor__"
METHODS = ("compile", "fit", "evaluate", "predict", "train_on_batch")
MOST_LOOKS = 3
"""Calls of evaluate or predict on one model whose data is looked at."""

_undo: list[Callable[[], None]] = []
_at_work = threading.local()


class Seam:
    """What is wrapped, for one script."""

    def __init__(self, folder: Path, probes: str) -> None:
        self.folder, self.probes = folder, probes
        self.compiled: weakref.WeakKeyDictionary[Any, dict[str, Fact]] = weakref.WeakKeyDictionary()
        self.last: weakref.WeakKeyDictionary[Any, Recording] = weakref.WeakKeyDictionary()
        self.loops: weakref.WeakKeyDictionary[Any, loop.Loop] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()

    def new(self, model: Any) -> Recording:
        path = getattr(sys.modules["__main__"], "__file__", None) or "script"
        with self._lock:
            recording = Recording(folders.free_folder(self.folder), path, model, self.probes)
            recording.write()  # from here on the folder is taken
        return recording


_seams: list[Seam] = []


def install(keras: Any, folder: str, probes: str) -> None:
    """Wrap the methods of `keras.Model`; undone at exit."""
    seam = Seam(Path(folder).absolute(), probes)
    _seams.append(seam)
    wrappers = {
        "compile": _compile,
        "fit": _fit,
        "evaluate": _evaluate,
        "predict": _predict,
        "train_on_batch": _train_on_batch,
    }
    for name in METHODS:
        wrap(keras.Model, name, functools.partial(wrappers[name], seam))
    atexit.register(uninstall)


def wrap(kind: type, name: str, around: Callable[..., Any]) -> None:
    """Let `around(original, self, arguments, keywords)` stand for a method, once."""
    home = next(k for k in kind.__mro__ if name in vars(k))
    original = vars(home)[name]
    if hasattr(original, MARK):
        return

    @functools.wraps(original)
    def wrapper(self: Any, /, *given: Any, **named: Any) -> Any:
        return around(original, self, given, named)

    setattr(wrapper, MARK, True)
    setattr(home, name, wrapper)
    _undo.append(lambda: setattr(home, name, original))


def uninstall() -> None:
    """Put everything back, and finish what is open."""
    while _undo:
        _undo.pop()()
    for seam in _seams:
        for watched in list(seam.loops.values()):
            _safely(watched.finish)
    _seams.clear()


def failed(error: BaseException) -> None:
    """Hear of the exception that ends the script."""
    for seam in _seams:
        for watched in list(seam.loops.values()):
            _safely(watched.failed, error)


def _safely(act: Callable[..., Any], *given: Any) -> Any:
    """Return what a function of ours returns; `None`, and one line for all, where it fails."""
    try:
        return act(*given)
    except Exception as error:  # noqa: BLE001 - recording must not end somebody's training
        say(f"something could not be recorded: {error!r}"[:300])
        return None


def bind(original: Any, self: Any, given: Any, named: Any) -> inspect.BoundArguments | None:
    """Return the arguments by name; `None` where the call is wrong, which Keras says better."""
    try:
        return inspect.signature(original).bind(self, *given, **named)
    except TypeError:
        return None


def busy(model: Any) -> bool:
    """Return whether a call on this model is looked at already, on this thread."""
    return id(model) in getattr(_at_work, "models", ())


class Busy:
    """A context in which calls on a model are those of Keras itself."""

    def __init__(self, model: Any) -> None:
        self._model = id(model)

    def __enter__(self) -> None:
        _at_work.models = [*getattr(_at_work, "models", ()), self._model]

    def __exit__(self, *_: object) -> None:
        _at_work.models = [m for m in _at_work.models if m != self._model]


def _compile(seam: Seam, original: Any, self: Any, given: Any, named: Any) -> Any:
    result = original(self, *given, **named)
    if (bound := bind(original, self, given, named)) is not None:
        _safely(lambda: seam.compiled.__setitem__(self, arguments.facts(bound, line_of_script())))
    return result


def _fit(seam: Seam, original: Any, self: Any, given: Any, named: Any) -> Any:
    bound = None if busy(self) else bind(original, self, given, named)
    if bound is None:
        return original(self, *given, **named)
    with Busy(self), ExitStack() as stack:
        recording = _safely(_begin, seam, self, bound, stack)
        if recording is None:
            return original(self, *given, **named)
        try:
            return original(*bound.args, **bound.kwargs)
        except BaseException as error:
            _safely(recording.failed, error)
            raise
        finally:
            _safely(recording.end)


def _begin(seam: Seam, model: Any, bound: inspect.BoundArguments, stack: ExitStack) -> Recording:
    """Return the recording of a fit, whose arguments are changed to what is to be given."""
    recording = seam.new(model)
    line = line_of_script()
    fitted = arguments.facts(bound, line)
    call = bound.arguments
    train, held = Split("train", line), Split("validation", line)
    x, y = call.get("x"), call.get("y")
    changed: dict[str, Any] = {}
    if arrays.rows_of(_first(x)) is not None:
        share = call.get("validation_split") or 0.0
        _of_arrays(train, held, x, y, share)
        batch = call.get("batch_size") or 32
    else:
        train.listing = _safely(files.listing, x)
        train.counted = call.get("steps_per_epoch") is None and taps.ends(x)
        weighted = call.get("class_weight") is not None
        changed["x"], watching = taps.tapped(x, train, changed=weighted)
        stack.enter_context(watching)
        batch = None
    if (given := call.get("validation_data")) is not None:
        held.counted = call.get("validation_steps") is None
        changed |= _validation(held, given, stack)
    theirs = call.get("callbacks")
    known = seam.compiled.get(model, {})
    listed = theirs if isinstance(theirs, list | tuple) else [theirs] if theirs else []
    recording.begin([train, held], known, fitted, arguments.calls_of(listed, line), batch)
    seam.last[model] = recording
    watched = recording.recorder(call.get("class_weight"))
    changed["callbacks"] = _with(theirs, watched, model)
    call.update({name: value for name, value in changed.items() if name in call or value})
    return recording


def _first(x: Any) -> Any:
    """Return the one input, or the first of several: what has a length is an array."""
    if isinstance(x, dict):
        return next(iter(x.values()), None)
    if isinstance(x, list | tuple) and x and hasattr(x[0], "shape"):
        return x[0]
    return x


def _of_arrays(train: Split, held: Split, x: Any, y: Any, share: float) -> None:
    """Look at arrays, which fit may cut in two."""
    count = arrays.rows_of(x) or 0
    kept = int(count * (1.0 - share)) if share else count
    one = not isinstance(x, dict | list) and arrays.rows_of(y) == count > 0
    if share and one:
        held.operations = (Operation("split_tail", share, held.line),)
        held.of_arrays(x[kept:], y[kept:])
        train.of_arrays(x[:kept], y[:kept], whole=y)
    else:
        train.of_arrays(x, y)


def _validation(held: Split, given: Any, stack: ExitStack) -> dict[str, Any]:
    """Look at what is validated on: arrays, or what yields batches."""
    if isinstance(given, list | tuple):
        held.of_arrays(given[0], given[1] if len(given) > 1 else None)
        return {}
    held.listing = _safely(files.listing, given)
    held.counted &= taps.ends(given)
    tapped, watching = taps.tapped(given, held)
    stack.enter_context(watching)
    return {"validation_data": tapped}


def _with(theirs: Any, ours: Any, model: Any) -> Any:
    """Return the callbacks with ours before them; their list is left as it is.

    An epoch is recorded before a callback of theirs may end the training, or change the rate.
    """
    if theirs is None:
        return [ours]
    if isinstance(theirs, list | tuple):
        return [ours, *theirs]
    if hasattr(theirs, "callbacks"):  # a CallbackList
        both = copy.copy(theirs)
        both.callbacks = [ours, *theirs.callbacks]
        ours.set_model(model)
        ours.set_params(theirs.params or {})
        return both
    return [ours, theirs]


def _evaluate(seam: Seam, original: Any, self: Any, given: Any, named: Any) -> Any:
    return _used(seam, "evaluate", original, self, given, named)


def _predict(seam: Seam, original: Any, self: Any, given: Any, named: Any) -> Any:
    return _used(seam, "predict", original, self, given, named)


def _used(seam: Seam, use: str, original: Any, self: Any, given: Any, named: Any) -> Any:
    """Look at what a trained network is evaluated on, or asked about."""
    recording = seam.last.get(self)
    bound = None
    if recording is not None and not busy(self) and recording.looks(use) < MOST_LOOKS:
        bound = bind(original, self, given, named)
    if recording is None or bound is None:
        result = original(self, *given, **named)
        if recording is not None and use == "evaluate" and not busy(self):
            _safely(recording.gave, self, result)
        return result
    split = Split(use, line_of_script())
    with Busy(self), ExitStack() as stack:
        x = bound.arguments.get("x")
        if arrays.rows_of(_first(x)) is not None:
            _safely(split.of_arrays, x, bound.arguments.get("y"))
        elif (found := _safely(taps.tapped, x, split)) is not None:
            bound.arguments["x"], watching = found
            stack.enter_context(watching)
        result = original(*bound.args, **bound.kwargs)
    _safely(recording.used, split, self, result)
    return result


def _train_on_batch(seam: Seam, original: Any, self: Any, given: Any, named: Any) -> Any:
    result = original(self, *given, **named)
    if not busy(self):
        watched = seam.loops.get(self)
        if watched is None:
            watched = _safely(_new_loop, seam, self)
        if watched is not None and watched.wants:
            bound = bind(original, self, given, named)
            if bound is not None:
                _safely(watched.look, bound.arguments.get("x"), bound.arguments.get("y"))
        if watched is not None:
            _safely(watched.step, result)
    return result


def _new_loop(seam: Seam, model: Any) -> loop.Loop:
    watched = loop.Loop(seam.new(model), seam.compiled.get(model, {}), line_of_script())
    seam.loops[model] = watched
    seam.last[model] = watched.recording
    return watched
