"""Losses, activations and dropouts of `torch.nn.functional`, as a trial hears of and changes them.

Modules of `torch.nn` call these functions, so one place serves both ways to write a network.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

LOSSES = (
    "cross_entropy", "nll_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits",
    "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss",
)  # fmt: skip
ACTIVATIONS = ("relu", "sigmoid", "tanh", "softmax", "log_softmax", "leaky_relu", "elu", "gelu")
DROPOUTS = ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout",
            "feature_alpha_dropout")  # fmt: skip
Put = Callable[[Any, str, Callable[[Any], Any]], None]


class Compared(msgspec.Struct):
    """A call of a loss."""

    name: str
    scores: Any
    target: Any
    named: dict[str, Any]
    """Its other arguments."""


class Functions:
    """The functions that are wrapped, and who is to hear of each."""

    def __init__(self, torch: Any) -> None:
        self.torch = torch
        self.plain: dict[str, Callable[..., Any]] = {}
        """Functions as they were."""
        self.compared: Callable[[Compared], Compared] = lambda call: call
        self.activated: Callable[[str, Any], str | None] = lambda name, _x: name
        """Given the name of an activation and its input: the name of that to compute; `None` of
        none."""
        self.was_activated: Callable[[str, Any, Any], None] = lambda _name, _x, _out: None
        self.dropped: Callable[[float, bool], tuple[float, bool]] = lambda p, training: (
            p,
            training,
        )
        self.masked: Callable[[Callable[[], Any]], Any] = lambda draw: draw()
        self._busy = False
        self._methods: list[str] = []

    def install(self, put: Put) -> None:
        """Wrap the functions, and the methods of tensors that do the same."""
        torch, home = self.torch, self.torch.nn.functional
        for name in LOSSES:
            self.plain[name] = getattr(home, name)
            put(home, name, self._loss(name))
        for name in DROPOUTS:
            put(home, name, self._dropout)
        for name in ACTIVATIONS:
            self.plain[name] = getattr(home, name)
            for place in (home, torch):
                if name in vars(place):
                    put(place, name, self._activation(name))
            if hasattr(torch.Tensor, name):
                method = getattr(torch.Tensor, name)  # of a class of C, which stays as it is
                setattr(torch.Tensor, name, self._activation(name)(method))
                self._methods.append(name)

        put(torch.jit, "script", self._scripts)

    def _scripts(self, original: Any) -> Any:
        """Let `torch.jit.script` read the functions as they are: it compiles their sources."""
        torch, home = self.torch, self.torch.nn.functional

        def script(*given: Any, **named: Any) -> Any:
            names = (*LOSSES, *DROPOUTS, *ACTIVATIONS)
            ours = [(place, name, vars(place)[name]) for place in (home, torch) for name in names
                    if hasattr(vars(place).get(name), "__wrapped__")]  # fmt: skip
            for place, name, wrapper in ours:
                setattr(place, name, wrapper.__wrapped__)
            try:
                return original(*given, **named)
            finally:
                for place, name, wrapper in ours:
                    setattr(place, name, wrapper)

        return script

    def undo(self) -> None:
        """Give tensors their own methods back."""
        while self._methods:
            delattr(self.torch.Tensor, self._methods.pop())

    @property
    def _traced(self) -> bool:
        return bool(self.torch.compiler.is_compiling() or self.torch.jit.is_scripting())

    def _loss(self, name: str) -> Callable[[Any], Any]:
        def make(original: Any) -> Any:
            signature = inspect.signature(original)

            def loss(*given: Any, **named: Any) -> Any:
                if self._busy or self._traced:
                    return original(*given, **named)
                try:
                    bound = dict(signature.bind(*given, **named).arguments)
                    scores, target = bound.pop("input"), bound.pop("target")
                except (TypeError, KeyError):
                    return original(*given, **named)
                call = self.compared(Compared(name, scores, target, bound))
                self._busy = True
                try:
                    return self.plain[call.name](call.scores, call.target, **call.named)
                finally:
                    self._busy = False

            return loss

        return make

    def _activation(self, name: str) -> Callable[[Any], Any]:
        def make(original: Any) -> Any:
            def activation(x: Any, *given: Any, **named: Any) -> Any:
                if self._busy or self._traced:
                    return original(x, *given, **named)
                wanted = self.activated(name, x)
                self._busy = True
                try:
                    if wanted == name:
                        out = original(x, *given, **named)
                    else:
                        out = x if wanted is None else self._instead(wanted, x)
                finally:
                    self._busy = False
                self.was_activated(name, x, out)
                return out

            return activation

        return make

    def _instead(self, name: str, x: Any) -> Any:
        return self.plain[name](x, -1) if "softmax" in name else self.plain[name](x)

    def _dropout(self, original: Any) -> Any:
        signature = inspect.signature(original)

        def dropout(*given: Any, **named: Any) -> Any:
            if self._busy or self._traced:
                return original(*given, **named)
            bound: Mapping[str, Any] = signature.bind(*given, **named).arguments
            p = bound.get("p", signature.parameters["p"].default)
            training = bound.get("training", signature.parameters["training"].default)
            p, training = self.dropped(p, training)
            call = {**bound, "p": p, "training": training}
            self._busy = True
            try:
                return self.masked(lambda: original(**call)) if training and p else original(**call)
            finally:
                self._busy = False

        return dropout
