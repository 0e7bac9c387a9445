"""The pages by their addresses."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from fitdoctor.report import scripts
from fitdoctor.web.guard import Guard
from fitdoctor.web.pages import Pages
from fitdoctor.web.pool import Pool
from fitdoctor.web.run_pages import RunPages
from fitdoctor.web.templating import content

KINDS = {".css": "text/css", ".js": "text/javascript"}
STATIC = ("style.css", "page.js", "htmx.min.js", "sse.min.js", *scripts.FILES)


def make(token: str, port: int, pool: Pool, folder: Path | None = None) -> Guard:
    """Return the application behind its guard; it starts and ends the workers of the pool."""
    pages = Pages(pool, folder)
    routes = [
        Route("/", pages.start, methods=["GET"]),
        Route("/", pages.diagnose, methods=["POST"]),
        Route("/rules", pages.rule_list, methods=["GET"]),
        Route("/rules/{name}", pages.rule, methods=["GET"]),
        Route("/static/{name}", _static, methods=["GET"]),
    ]
    if pages.runs is not None:
        of_runs = RunPages(pages, pages.runs)
        routes += [
            Route("/runs", of_runs.listed, methods=["GET"]),
            Route("/runs/view", of_runs.view, methods=["GET"]),
            Route("/runs/compare", of_runs.compare, methods=["GET"]),
            Route("/runs/events", of_runs.events, methods=["GET"]),
        ]

    @contextlib.asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        warm = asyncio.create_task(pages.warm_up())
        await pool.start()
        try:
            yield
        finally:
            warm.cancel()
            await pool.stop()

    app = Starlette(routes=routes, lifespan=life, exception_handlers={HTTPException: _wrong})
    return Guard(app, token, port)


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in STATIC:
        return PlainTextResponse("fitdoctor: there is no such file\n", status_code=404)
    kind = KINDS[name[name.rindex(".") :]]
    kept = {"cache-control": "private, max-age=31536000, immutable"}
    return Response(content(name), media_type=kind, headers=kept)


async def _wrong(request: Request, error: Exception) -> Response:
    del request
    assert isinstance(error, HTTPException)
    words = "there is no such page" if error.status_code == 404 else error.detail
    return PlainTextResponse(f"fitdoctor: {words}\n", status_code=error.status_code)
