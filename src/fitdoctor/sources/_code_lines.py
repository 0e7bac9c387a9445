"""Which lines of a page are code, by their look."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from fitdoctor import lazy_re
from fitdoctor.code.parse import parse, parse_whole

_CODE = lazy_re.compile(
    r"^\s*+(?:(?:>>>|\.\.\.|In \[\d{1,5}\]:)\s)?\s*+"
    r"(?:(?:from\s+[\w.]+\s+import\b|import\s+\w|def\s+\w+\s*\(|class\s+\w|(?:return|yield)\b|for\s++.{1,80}\s+in\s"
    r"|if\s.{1,200}:\s*(?:#.*)?$|elif\s.{1,200}:|else\s*:|print\s+\w|try\s*:|except\b|with\s+.{1,200}:|@\w|#"
    r"|(?:pass|break|continue|finally\s*:)\s*(?:#.*)?$|raise\s+\w)"
    r"|[A-Za-z_][\w.]*(?:\s*,\s*[A-Za-z_][\w.]*){0,6}(?:\[[^\]]{0,60}\])?\s*[-+*/]?=(?!=)\s*\S"
    r"|[a-z_]\w*: (?:int|float|str|bool|list|dict|tuple|object|[A-Z]\w+|[a-z]\w*\.[\w.]+)"
    r"(?:\[[^\]]{0,60}\])? = \S"
    r"|\([A-Za-z_][\w.]*(?:\s*,\s*[A-Za-z_][\w.]*){1,6}\s*\)\s*[,=]"
    r"|[A-Za-z_][\w.]*\s?\()"
)
WIDE = lazy_re.compile(r"[\u0400-\u04ff\u3040-\u30ff\u4e00-\u9fff]")
_STRING_OR_COMMENT = lazy_re.compile(r"#.*$|'[^']{0,400}'|\"[^\"]{0,400}\"")
_SENTENCE = lazy_re.compile(
    r"[\w)\]]\.\s+[A-Z][a-z']*(?:\s+[\w'.,%-]+){3}|\)\s+(?:gives?|is|are|was|has|does|with|and|I)\s+\w+\s+[\w.,]+|^\w+(?:\s+[a-z']+){4}"
)
"""A sentence that goes on behind an expression, or begins with what looks like a call."""
_KEYWORD = lazy_re.compile(
    r"\s*(?:>>> )?(?:from|import|def|class|return|for|if|elif|else|try|except|with|while|print)\b"
)
_WORDS = lazy_re.compile(r"(?:\b[A-Za-z]{2,}\b,?\s+){2}[A-Za-z]{2,}\b")
MOST_OPEN_LINES = 200


def code_lines(lines: list[str], taken: set[int]) -> set[int]:
    """Return the lines that are code: by their own look, or inside brackets opened in code."""
    code: set[int] = set()
    depth = opened = 0
    for index, line in enumerate(lines):
        if index in taken or not line.strip():
            continue
        bare = _STRING_OR_COMMENT.sub("", line[:2000])
        looks = bool(_CODE.match(line[:2000])) and not (
            WIDE.search(bare)
            or (depth == 0 and _is_sentence(line[:2000], bare))
            or (depth == 0 and _goes_on_in_words(line[:2000], bare))
            or _UNPACKS_A_NUMBER.match(line[:2000])
        )
        if depth > 0 and index - opened < MOST_OPEN_LINES and not (WIDE.search(bare)):
            looks = True
        if not looks:
            depth = min(depth, 0)
            continue
        if depth == 0:
            opened = index
        code.add(index)
        depth = max(
            0, depth + sum(bare.count(c) for c in "([{") - sum(bare.count(c) for c in ")]}")
        )
    return code


_UNPACKS_A_NUMBER = lazy_re.compile(
    r"\s*[A-Za-z_]\w{0,40}(?:,\s*[A-Za-z_]\w{0,40}){1,4}\s*=\s*[-+]?[\d.]{1,20}(?:e[-+]?\d{1,3})?[.,;]*\s*$"
)
"""Names before a number, "Adam, lr = 0.01", which Python cannot unpack."""
_LISTED = lazy_re.compile(r",\s+(?:[a-z]{2,}|\d[\d,.]*)\s+[a-z]{3,}")


def _goes_on_in_words(line: str, bare: str) -> bool:
    """Return whether this is an argument, and then words.

    `optimizer=SGD(0.01), five classes, 6000 images` is.
    """
    if not _LISTED.search(bare):
        return False
    closed = bare.count("(") == bare.count(")") and bare.count("[") == bare.count("]")
    return closed and parse_whole(line.strip()) is None


_LABELS = (
    r"(?:(?P<now>now|current(?:ly)?|at present|today|present|my (?:code|line|version)|mine|i have"
    r"|in use|actual|сейчас|теперь|у меня|今|現在|现在|目前|当前|現状|jetzt|aktuell|derzeit|ahora"
    r"|actualmente|agora|atualmente|maintenant|actuellement|지금|현재)"
    r"|(?P<old>old|before|previously|earlier|formerly|was|было|раньше|до|以前|修正前|之前|原来"
    r"|vorher|früher|alt|antes|viejo|avant|ancien|이전|전)"
    r"|(?P<new>new|after|afterwards|became|стало|после|以後|修正後|之后|改后|nachher|neu|después|nuevo"
    r"|depois|novo|après|nouveau|이후|후)"
    r"|(?P<other>propos(?:al|ed|ition)|suggest(?:ed|ion)|alternative(?:ly)?|instead|should be"
    r"|could be|idea|option|fix|correct(?:ed)?|solution|предлага\w{0,6}|предложени\w{0,3}|вариант"
    r"|надо|案|提案|修正案|候補|建议|(?:打算|准备|想|要|可以)?[改换][成为]|方案|应该|vorschlag"
    r"|alternativ\w{0,2}|stattdessen|propuesta|sugerencia|proposta|sugestão|제안|대안|수정안))"
)
_LABELLED = lazy_re.compile(
    r"^\s{0,12}(?:[-*\u2022]\s{0,3})?" + _LABELS + r"\s?[:：]\s*(?P<code>\S.{0,300})$",
    re.IGNORECASE,
)
"""A line of code behind a word that says whether it is in use."""
_HEADING = lazy_re.compile(
    r"^\s{0,12}(?:[-*\u2022]\s{0,3})?"
    + _LABELS
    + r"(?![^\W\d_]*[(=.])(?P<more>[^:：=()]{0,24})[:：]\s*$",
    re.IGNORECASE,
)
"""The same on a line of its own, before lines of code."""


def in_use(lines: list[str]) -> list[str]:
    """Return the lines without code that is labelled as proposed, or as replaced by what follows.

    "Now: Dense(3)" and "Proposal: Dense(3, activation='softmax')" are not one program.
    """
    found = dict(_labelled(lines))
    if not found:
        return lines
    renewed = {"old", "new"} <= {label for label, _ in found.values()}
    kept = {"now", "new"} if renewed else {"now", "old", "new"}
    result = list(lines)
    for index, (label, code) in found.items():
        result[index] = code if label in kept else ""
    return result


def _labelled(lines: list[str]) -> Iterator[tuple[int, tuple[str, str]]]:
    """Yield the lines of code that a word labels, with it: before them, or above them."""
    heading = ""
    for index, line in enumerate(lines):
        if heading and line.strip() and _is_code(line):
            yield index, (heading, line)
            continue
        heading = ""
        if ":" not in line and "：" not in line:
            continue
        if (match := _LABELLED.match(line)) and _is_code(match["code"]):
            if "(" in match["code"] and parse_whole(match["code"]) is not None:
                yield index, (_label(match), match["code"])
        elif match := _HEADING.match(line):
            # "Before training:" is no former version.
            dated = _label(match) in {"old", "new"} and bool(match["more"].strip())
            heading = "" if dated else _label(match)


def _label(match: re.Match[str]) -> str:
    return next(name for name in ("now", "old", "new", "other") if match[name])


_NUMBERED = lazy_re.compile(r"^\s{0,6}(\d{1,5})(?:[.:|]?(?:\s|$)|[|])(.*)$")
LEAST_NUMBERED = 4


def without_marks(lines: list[str]) -> list[str]:
    """Return the lines without what an interpreter or an editor put before those of a code."""
    result, inside = [], False
    for line in lines:
        prompt = line.startswith((">>> ", "... ") if inside else ">>> ") or (
            line.rstrip() in ({">>>", "..."} if inside else {">>>"})
        )
        result.append(line[4:] if prompt else line)
        inside = prompt
    return _unnumbered(result)


def _unnumbered(lines: list[str]) -> list[str]:
    """Return the lines without the numbers that an editor put before those of a code.

    Numbers that go up by one, and code behind most of them: a table by epoch has none.
    """
    result = list(lines)
    run: list[tuple[int, str]] = []
    expected = None
    for index, line in enumerate([*lines, ""]):
        match = _NUMBERED.match(line[:2000])
        if match and (expected is None or int(match[1]) == expected):
            expected = int(match[1]) + 1
            run.append((index, match[2]))
            continue
        written = [rest for _, rest in run if rest.strip()]
        if len(run) >= LEAST_NUMBERED and 2 * sum(map(_is_code, written)) > len(written):
            margin = min(len(rest) - len(rest.lstrip()) for rest in written)
            for at, rest in run:
                result[at] = rest[margin:]
        expected, run = (int(match[1]) + 1, [(index, match[2])]) if match else (None, [])
    return result


def _is_code(text: str) -> bool:
    return bool(_CODE.match(text)) or text.strip()[:1] in {")", "]", "}", "#"}


LEAST_STATEMENTS = 3


def script_lines(lines: list[str]) -> set[int] | None:
    """Return the lines of a text that is a script from end to end, `None` where it is not one.

    Strings that stand alone are left out: people paste what a script printed into them.
    """
    tree = parse_whole("\n".join(lines))
    if tree is None:
        # A notebook that was saved as a script keeps its commands to IPython.
        tree = parse_whole("\n".join(_COMMAND.sub(r"\1pass", line) for line in lines))
    if tree is None:
        return None
    telling = sum(
        isinstance(s, _STATEMENTS) or (isinstance(s, ast.AnnAssign) and s.value is not None)
        for s in ast.walk(tree)
    )
    if telling < LEAST_STATEMENTS:
        return None
    quoted = {
        number - 1
        for s in tree.body
        if isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant)
        for number in range(s.lineno, (s.end_lineno or s.lineno) + 1)
    }
    return {i for i, line in enumerate(lines) if line.strip() and i not in quoted}


_COMMAND = lazy_re.compile(r"^(\s*)[%!]\s*\w.*")

_STATEMENTS = (ast.Import, ast.ImportFrom, ast.Assign, ast.FunctionDef, ast.ClassDef, ast.For,
               ast.With)  # fmt: skip


def _is_sentence(line: str, bare: str) -> bool:
    """Return whether this is a sentence though it begins like code: "Dropout(0.9) between both"."""
    if _SENTENCE.search(bare):
        return True
    words = _WORDS.search(bare) and not _KEYWORD.match(line)
    return bool(words) and parse(line.strip()) is None
