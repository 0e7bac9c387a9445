"""Random numbers of a loop in a trial: weights, dropout and order each have a seed of their own.

What a script draws before its training (data, splits) is the same in every trial. Initial weights
are drawn apart from that, keyed by the seed of the trial and the number of the draw; masks of
dropout and the order of loaders have streams of their own, so that a layer that is left out moves
no other draw.
"""

from __future__ import annotations

import functools
import hashlib
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

INITIALISERS = (
    "uniform_", "normal_", "trunc_normal_", "xavier_uniform_", "xavier_normal_",
    "kaiming_uniform_", "kaiming_normal_", "orthogonal_", "sparse_",
)  # fmt: skip
SAMPLERS = ("RandomSampler", "SubsetRandomSampler", "WeightedRandomSampler")
Put = Callable[[Any, str, Callable[[Any], Any]], None]
"""Lets what a function makes of a method stand for it."""


def key_of(*parts: Any) -> int:
    """Return a seed of 63 bits that follows from what is given."""
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


class Streams:
    """The random numbers of one trial."""

    def __init__(self, torch: Any, seed: int, order_seed: int, data_seed: int) -> None:
        self.torch, self.seed, self.order_seed = torch, seed, order_seed
        self.training = False
        """The training that counts has begun: what is drawn from here on is of its seeds."""
        self._draws = 0
        self._passes = 0
        self._masks: Any = None
        torch.manual_seed(data_seed)

    def install(self, put: Put) -> None:
        """Wrap what draws."""
        torch, init = self.torch, self.torch.nn.init
        for name in INITIALISERS:
            if hasattr(init, name):
                put(init, name, self._initial)
        # Imported by name into the module of attention before this.
        own = sys.modules["torch.nn.modules.activation"]
        for name in INITIALISERS:
            if name in vars(own):
                put(own, name, self._initial)
        samplers = torch.utils.data.sampler
        for name in SAMPLERS:
            put(getattr(samplers, name), "__iter__", self._ordered)
        for home in (torch, torch.random):
            put(home, "manual_seed", self._seeded)

    def begin(self) -> None:
        """Draw from here on by the seeds of the trial."""
        torch = self.torch
        self.training = True
        self._masks = torch.Generator()
        self._masks.manual_seed(key_of("masks", self.seed))
        number = key_of("order", self.order_seed)
        self._reseed(number)
        random.seed(number)
        if (numpy := sys.modules.get("numpy")) is not None:
            numpy.random.seed(number % 2**32)

    def _reseed(self, number: int) -> None:
        seed: Any = self.torch.random.manual_seed
        getattr(seed, "__wrapped__", seed)(number)

    def masked(self, draw: Callable[[], Any]) -> Any:
        """Return what `draw` returns, with the default stream of the CPU replaced by the masks'."""
        if self._masks is None:
            return draw()
        default = self.torch.default_generator
        before = default.get_state()
        default.set_state(self._masks.get_state())
        try:
            return draw()
        finally:
            self._masks.set_state(default.get_state())
            default.set_state(before)

    def drawn(self, draw: Callable[[], Any], *parts: Any) -> Any:
        """Return what `draw` returns, with random numbers of their own that move no others."""
        with self.torch.random.fork_rng():
            self._reseed(key_of(*parts, self.seed))
            return draw()

    def _initial(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def init(tensor: Any, *given: Any, **named: Any) -> Any:
            self._draws += 1
            number = self._draws
            return self.drawn(lambda: original(tensor, *given, **named), "weights", number)

        return init

    def _ordered(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def __iter__(sampler: Any) -> Iterator[Any]:  # noqa: N807 - its name is kept
            self._passes += 1
            before = sampler.generator
            sampler.generator = self.torch.Generator()
            sampler.generator.manual_seed(key_of("order", self.order_seed, self._passes))
            try:
                yield from original(sampler)
            finally:
                sampler.generator = before

        return __iter__

    def _seeded(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def manual_seed(seed: Any) -> Any:
            # A script that seeds every epoch would train all seeds alike.
            return original(key_of("order", self.order_seed, int(seed)) if self.training else seed)

        return manual_seed
