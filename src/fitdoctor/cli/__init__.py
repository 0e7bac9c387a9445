"""The command line: parse, call doctor, render; the one place that prints."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Callable, Sequence

from fitdoctor import extras
from fitdoctor.cli.parser import as_typed, parse
from fitdoctor.cli.printing import Nowhere, print_anywhere
from fitdoctor.errors import FitdoctorError, RecipeError

MENDABLE, INTERRUPTED = 2, 130
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG}


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit status: 0 nothing found, 1 findings, 2 the user can mend it."""
    typed: frozenset[str] = frozenset()
    print_anywhere()
    try:
        given = parse(arguments)
        typed = frozenset(name for name, value in given.items() if value is not None)
        command: Callable[..., int] = given.pop("command")
        if extra := given.pop("extra"):
            extras.need(extra, command.__name__.replace("_", "-"))
        if given.pop("quiet"):
            with contextlib.redirect_stderr(Nowhere()):
                return command(**given)
        return command(**given)
    except FitdoctorError as error:
        words = as_typed(str(error), typed) if isinstance(error, RecipeError) else error
        print(f"fitdoctor: {words}", file=sys.stderr)
        return MENDABLE
    except KeyboardInterrupt:
        print("\nfitdoctor: interrupted; what was finished is kept", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has gone; Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.errno not in FULL:
            raise
        place = f"{error.filename}: " if error.filename else ""
        print(f"fitdoctor: {place}{error.strerror}; what was finished is kept", file=sys.stderr)
        return MENDABLE
