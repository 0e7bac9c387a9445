"""The pages by their addresses."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import AsyncIterator, Sequence
from functools import cache
from importlib.resources import files

import jinja2
from markupsafe import Markup
from msgspec.structs import replace
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from fitdoctor.report import html
from fitdoctor.web.cases import Cases
from fitdoctor.web.forms import MOST_FIELDS, MOST_FILES, MOST_TEXT, Form, Uploads, form_of
from fitdoctor.web.guard import TOO_LARGE, Guard, TooLargeError
from fitdoctor.web.messages import Examine, Part, Refused, Reply, RuleList, RulePage, Shown
from fitdoctor.web.pool import Pool

KINDS = {".css": "text/css", ".js": "text/javascript"}
STATIC = ("style.css", "page.js", "htmx.min.js", "sse.min.js")
CONFIG = (
    '{"allowEval":false,"allowScriptTags":false,"includeIndicatorStyles":false,'
    '"historyCacheSize":0,"selfRequestsOnly":true,"timeout":60000}'
)
"""Of htmx: nothing that the content policy forbids, and nothing kept by the browser."""


def make(token: str, port: int, pool: Pool) -> Guard:
    """Return the application behind its guard; it starts and ends the workers of the pool."""
    page = _Page(pool)

    @contextlib.asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        await pool.start()
        try:
            yield
        finally:
            await pool.stop()

    routes = [
        Route("/", page.start, methods=["GET"]),
        Route("/", page.diagnose, methods=["POST"]),
        Route("/rules", page.rule_list, methods=["GET"]),
        Route("/rules/{name}", page.rule, methods=["GET"]),
        Route("/static/{name}", _static, methods=["GET"]),
    ]
    app = Starlette(routes=routes, lifespan=life, exception_handlers={HTTPException: _wrong})
    return Guard(app, token, port)


class _Page:
    """What the addresses of the page answer with."""

    def __init__(self, pool: Pool) -> None:
        self.pool, self.cases = pool, Cases()

    async def start(self, request: Request) -> Response:
        del request
        return _whole(Form(case=self.cases.find("").id))

    async def diagnose(self, request: Request) -> Response:
        """Answer a form: with a piece of the page where htmx asks, else with a whole page."""
        try:
            data = await request.form(
                max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=MOST_TEXT
            )
        except TooLargeError:
            return _answer(request, Form(), Refused(why=TOO_LARGE), 413)
        except TimeoutError:
            return _answer(request, Form(), Refused(why="it came too slowly"), 408)
        except HTTPException as error:
            why = f"{error.detail.rstrip('.')}; bring a part of it"
            return _answer(request, Form(), Refused(why=why), 413)
        except ClientDisconnect:
            return Response(status_code=400)
        try:
            form = form_of(data)
            with Uploads() as uploads:
                dropped = await uploads.parts(data.getlist("files"))
                if await request.is_disconnected():
                    return Response(status_code=400)
                return _answer(request, *await self._examined(form, dropped))
        finally:
            await data.close()

    async def _examined(self, form: Form, dropped: Sequence[Part]) -> tuple[Form, Reply]:
        """Return the form as it is to be shown again, and the reply to it."""
        case = self.cases.find(form.case)
        if case.is_another(form.text):
            form = replace(form, answers={}, corrections={}, skipped=())
            case = replace(case, causes={})
        form = replace(form, case=case.id)
        parts = case.given(form.text, dropped, form.removed)
        if not parts:
            return form, Refused(why="nothing to diagnose yet: paste a log, code or a question")
        said = form.answers or form.corrections
        reply = await self.pool.ask(
            Examine(
                case=case.id,
                parts=parts,
                answers=form.answers,
                corrections=form.corrections,
                skipped=form.skipped,
                before=case.causes if said and case.causes else None,
            )
        )
        if isinstance(reply, Shown):
            self.cases.keep(replace(case, text=form.text, parts=reply.parts, causes=reply.causes))
        return form, reply

    async def rule_list(self, request: Request) -> Response:
        del request
        return _page(await self.pool.ask(RuleList()))

    async def rule(self, request: Request) -> Response:
        return _page(await self.pool.ask(RulePage(name=request.path_params["name"][:80])))


def _answer(request: Request, form: Form, reply: Reply, status: int = 200) -> Response:
    piece = reply.html if isinstance(reply, Shown) else _refusal(reply.why)
    if request.headers.get("hx-request") == "true":
        return HTMLResponse(piece, status_code=status)
    return _whole(form, Markup(piece), status)  # noqa: S704 - rendered by an escaping template


def _refusal(why: str) -> str:
    return _template("refusal.html.jinja").render(why=why)


def _whole(form: Form, answer: str = "", status: int = 200) -> Response:
    page = _template("start.html.jinja").render(form=form, answer=answer, title="fitdoctor")
    return HTMLResponse(page, status_code=status)


def _page(reply: Reply) -> Response:
    """Return a page of its own."""
    known = isinstance(reply, Shown)
    piece = reply.html if isinstance(reply, Shown) else _refusal(reply.why)
    title = reply.sentence if isinstance(reply, Shown) else "not found"
    page = _template("plain.html.jinja").render(
        title=f"{title} - fitdoctor",
        piece=Markup(piece),  # noqa: S704 - rendered by an escaping template
    )
    return HTMLResponse(page, status_code=200 if known else 404)


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in STATIC:
        return PlainTextResponse("fitdoctor: there is no such file\n", status_code=404)
    kind = KINDS[name[name.rindex(".") :]]
    kept = {"cache-control": "private, max-age=31536000, immutable"}
    return Response(_content(name), media_type=kind, headers=kept)


async def _wrong(request: Request, error: Exception) -> Response:
    del request
    assert isinstance(error, HTTPException)
    words = "there is no such page" if error.status_code == 404 else error.detail
    return PlainTextResponse(f"fitdoctor: {words}\n", status_code=error.status_code)


@cache
def _content(name: str) -> bytes:
    if name == "style.css":
        return _template("style.css.jinja").render().encode()
    return files(__package__).joinpath("static", name).read_bytes()


def static(name: str) -> str:
    """Return the address of a file, which changes with its content."""
    return f"/static/{name}?{hashlib.sha256(_content(name)).hexdigest()[:12]}"


def _template(name: str) -> jinja2.Template:
    return _environment().get_template(name)


@cache
def _environment() -> jinja2.Environment:
    environment = html.environment("fitdoctor.web").overlay()
    environment.globals = {**environment.globals, "static": static, "config": CONFIG}
    return environment
