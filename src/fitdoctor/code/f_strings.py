"""F-strings of Python 3.12, which hold quotes of their own kind, backslashes and lines."""

from __future__ import annotations

import ast
import warnings

from fitdoctor import lazy_re

_STRING = lazy_re.compile(r"(?i)(?<!\w)([rbuft]{0,3})(\"\"\"|'''|\"|')")
_TOKEN = lazy_re.compile(r"#[^\n]*|(?i:(?<!\w)[rbuf]{0,3})(?:\"\"\"|'''|\"|')|[\[({\])}!:=]|\n")
_CONVERSION = lazy_re.compile(r"![rsa]\s*$|(?<![=!<>])=\s*$")
MOST_NESTED = 20


def without_f_strings(text: str) -> str | None:
    """Return the text with a plain string for each f-string; `None` where one cannot be read.

    What stands in braces must be an expression. Lines stay where they are.
    """
    try:
        return _Reader(text).code(0, "")[0]
    except (_UnreadableError, IndexError):
        return None


class _UnreadableError(Exception):
    """A string that does not end, or braces that hold no expression."""


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.depth = 0

    def code(self, at: int, ends: str) -> tuple[str, int]:
        """Return code up to one of the characters that end it outside brackets, and where."""
        parts, start, open_ = list[str](), at, 0
        while (token := _TOKEN.search(self.text, at)) is not None:
            here = token[0]
            if here[-1] in "\"'":
                parts.append(self.text[start : token.start()])
                plain, at = self.string(token.start())
                parts.append(plain)
                start = at
                continue
            if here in ends and not open_ and not self.compares(token.start()):
                return "".join(parts) + self.text[start : token.start()], token.start()
            open_ += (here in "[({") - (here in "])}")
            at = token.end()
        if ends:
            raise _UnreadableError
        return "".join(parts) + self.text[start:], len(self.text)

    def compares(self, at: int) -> bool:
        """Return whether this is the `!` of `!=`."""
        return self.text[at : at + 2] == "!="

    def string(self, at: int) -> tuple[str, int]:
        """Return a string as Python before 3.12 takes it, and where it ends."""
        begin = _STRING.match(self.text, at)
        if begin is None:
            raise _UnreadableError
        prefix, quote = begin[1].lower(), begin[2]
        start, at = at, begin.end()
        while not self.text.startswith(quote, at):
            character = self.text[at]
            if character == "\n" and len(quote) == 1:
                raise _UnreadableError
            if character == "\\":
                at += 2
            elif character == "{" and "f" in prefix:
                at = at + 2 if self.text[at + 1] == "{" else self.field(at + 1)
            else:
                at += 1
        end = at + len(quote)
        written = self.text[start:end]
        lines = written.count("\n")
        plain = f'"""{chr(10) * lines}"""' if lines else '""'
        return (plain if "f" in prefix else written), end

    def field(self, at: int) -> int:
        """Return where the braces end that hold an expression, and how it is formatted."""
        self.depth += 1
        if self.depth > MOST_NESTED:
            raise _UnreadableError
        written, at = self.code(at, "}!:")
        _check(written)
        if self.text[at] == "!":
            at = self.text.index("}", at) if ":" not in self.text[at : at + 3] else at + 2
        if self.text[at] == ":":
            while self.text[at] != "}":
                at = self.field(at + 1) if self.text[at] == "{" else at + 1
        self.depth -= 1
        return at + 1


def _check(written: str) -> None:
    if not written.strip():
        raise _UnreadableError
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(f"({_CONVERSION.sub('', written)}\n)", mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _UnreadableError from error
