"""Regular expressions that are compiled when they are first asked.

A diagnosis asks half of those that its modules define; to compile the others took a tenth of it.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any, AnyStr, Generic, cast


class Lazy(Generic[AnyStr]):
    """A `re.Pattern` to all who ask it for a match."""

    def __init__(self, pattern: AnyStr, flags: int) -> None:
        self.pattern: AnyStr = pattern
        self._given = flags

    @cached_property
    def compiled(self) -> re.Pattern[AnyStr]:
        return re.compile(self.pattern, self._given)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not hasattr(re.Pattern, name):
            raise AttributeError(name)
        # Kept here, so that this is asked once for each method.
        found = self.__dict__[name] = getattr(self.compiled, name)
        return found


def compile(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return what `re.compile` returns, without the work until it is needed.

    >>> words = compile(r"[a-z]+")
    >>> words.findall("two words"), words.pattern
    (['two', 'words'], '[a-z]+')
    """
    return cast("re.Pattern[AnyStr]", Lazy(pattern, flags))
