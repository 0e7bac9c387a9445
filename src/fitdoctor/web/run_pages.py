"""The pages of a folder's runs: all of them, one as it grows, some side by side."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from fitdoctor.report.beside import APART
from fitdoctor.web.folder import Place
from fitdoctor.web.forms import MOST_WORDS, Form
from fitdoctor.web.messages import Compare, Refused, Row
from fitdoctor.web.pages import Pages
from fitdoctor.web.runs import Runs

SORTS: dict[str, Callable[[Place, Row], Any]] = {
    "changed": lambda place, _: -place.changed,
    "name": lambda place, _: place.name.casefold(),
    "verdict": lambda _, row: ("sick", "cannot_tell", "healthy").index(row.verdict),
    "epochs": lambda _, row: -row.epochs,
    "loss": lambda _, row: _or_last(row.loss),
    "accuracy": lambda _, row: _or_last(None if row.accuracy is None else -row.accuracy),
}
"""Column -> what its rows are sorted by, the best or last first."""
COLUMNS = (
    ("name", "run", ""), ("verdict", "diagnosis", ""), ("", "loss", ""), ("", "accuracy", ""),
    ("epochs", "epochs", "n"), ("loss", "least validation loss", "n"),
    ("accuracy", "best validation accuracy", "n"), ("changed", "changed", ""),
)  # fmt: skip
MOST_COMPARED = len(APART)


class RunPages:
    """What the addresses of runs answer with."""

    def __init__(self, pages: Pages, runs: Runs) -> None:
        self.pages, self.runs = pages, runs

    async def listed(self, request: Request) -> Response:
        wanted = request.query_params.get("sort", "")
        sort = wanted if wanted in SORTS else "changed"
        turned = request.query_params.get("turned") == "1"
        rows, reading, others = await self.runs.rows()
        rows.sort(key=lambda pair: SORTS[sort](*pair), reverse=turned)
        return self.pages.page(
            "runs.html.jinja",
            title="runs - fitdoctor",
            folder=self.runs.root.name or str(self.runs.root),
            rows=[(place, row, ago(place.changed)) for place, row in rows],
            reading=reading,
            others=others,
            sort=sort,
            turned=turned,
            columns=COLUMNS,
            most=MOST_COMPARED,
        )

    async def view(self, request: Request) -> Response:
        name = request.query_params.get("name", "")[: 5 * MOST_WORDS]
        form, reply = await self.pages.examined(Form(run=name))
        missing = isinstance(reply, Refused) and await self.runs.find(name) is None
        return self.pages.answer(request, form, reply, 404 if missing else 200)

    async def compare(self, request: Request) -> Response:
        names = request.query_params.getlist("name")[:MOST_COMPARED]
        known = [place for name in names if (place := await self.runs.find(name)) is not None]
        if not known:
            why = f"choose up to {MOST_COMPARED} runs to compare, in the table of runs"
            return self.pages.plain(Refused(why=why))
        pairs = tuple((place.name, place.path) for place in known)
        return self.pages.plain(await self.pages.pool.ask(Compare(runs=pairs)))

    async def events(self, request: Request) -> Response:
        """Return a stream that says when files have changed."""
        stream = self.runs.events(request.query_params.get("name", ""))
        return StreamingResponse(stream, media_type="text/event-stream")


def _or_last(value: float | None) -> float:
    return math.inf if value is None or math.isnan(value) else value


def ago(changed: float) -> str:
    """Return how long ago a time was, in words of one unit."""
    seconds = max(0.0, time.time() - changed)
    for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' * (count > 1)} ago"
    return "just now"
