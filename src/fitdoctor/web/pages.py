"""The page to paste in, and the pages of rules."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup
from msgspec.structs import replace
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response

from fitdoctor.web.cases import Cases
from fitdoctor.web.folder import Place
from fitdoctor.web.forms import MOST_FIELDS, MOST_FILES, MOST_TEXT, Form, Uploads, form_of
from fitdoctor.web.guard import TOO_LARGE, TooLargeError
from fitdoctor.web.messages import Examine, Part, Refused, Reply, RuleList, RulePage, Shown
from fitdoctor.web.pool import Pool
from fitdoctor.web.runs import Runs
from fitdoctor.web.templating import example, template


class Pages:
    """What the addresses answer with; `runs` are those of the folder that is served, if any."""

    def __init__(self, pool: Pool, folder: Path | None) -> None:
        self.pool, self.cases = pool, Cases()
        self.runs = Runs(folder, pool) if folder is not None else None

    async def start(self, request: Request) -> Response:
        if "example" in request.query_params:
            return self.answer(request, *await self.examined(Form(text=example())))
        return self.whole(Form(case=self.cases.find("").id))

    async def diagnose(self, request: Request) -> Response:
        """Answer a form: with a piece of the page where htmx asks, else with a whole page."""
        try:
            data = await request.form(
                max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=MOST_TEXT
            )
        except TooLargeError:
            return self.answer(request, Form(), Refused(why=TOO_LARGE), 413)
        except TimeoutError:
            return self.answer(request, Form(), Refused(why="it came too slowly"), 408)
        except HTTPException as error:
            why = f"{error.detail.rstrip('.')}; bring a part of it"
            return self.answer(request, Form(), Refused(why=why), 413)
        except ClientDisconnect:
            return Response(status_code=400)
        try:
            form = form_of(data)
            with Uploads() as uploads:
                dropped = await uploads.parts(data.getlist("files"))
                if await request.is_disconnected():
                    return Response(status_code=400)
                return self.answer(request, *await self.examined(form, dropped))
        finally:
            await data.close()

    async def examined(self, form: Form, dropped: Sequence[Part] = ()) -> tuple[Form, Reply]:
        """Return the form as it is to be shown again, and the reply to it."""
        case = self.cases.find(form.case)
        if case.is_another(form.text):
            form = replace(form, answers={}, corrections={}, skipped=())
            case = replace(case, causes={})
        form = replace(form, case=case.id)
        place = await self._place(form.run)
        if form.run and place is None:
            return form, Refused(why=f"{form.run}: there is no such run any more")
        parts = case.given(form.text, dropped, form.removed, place)
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
                run=form.run,
                mend=form.text if form.mend else "",
                looks=self.runs.looks(place) if self.runs and place else None,
            )
        )
        if isinstance(reply, Shown):
            self.cases.keep(
                replace(case, text=form.text, parts=reply.parts, causes=reply.causes, place=place)
            )
            if self.runs and place:
                self.runs.looked(place, reply.looks)
        return form, reply

    async def _place(self, name: str) -> Place | None:
        return await self.runs.find(name) if self.runs is not None and name else None

    async def rule_list(self, request: Request) -> Response:
        del request
        return self.plain(await self.pool.ask(RuleList()))

    async def rule(self, request: Request) -> Response:
        return self.plain(await self.pool.ask(RulePage(name=request.path_params["name"][:80])))

    async def warm_up(self) -> None:
        """Render once what every page shares."""
        self.whole(Form())

    def answer(self, request: Request, form: Form, reply: Reply, status: int = 200) -> Response:
        """Return a reply as a piece of the page, or within it."""
        if request.headers.get("hx-request") == "true":
            # Only what comes with 200 is shown in the page: a refusal is an answer as well.
            return HTMLResponse(piece(reply))
        return self.whole(form, piece(reply), status)

    def whole(self, form: Form, answer: str = "", status: int = 200) -> Response:
        """Return the page with its form and, below, an answer."""
        title = f"{form.run} - fitdoctor" if form.run else "fitdoctor"
        return self.page("start.html.jinja", status, form=form, answer=answer, title=title)

    def plain(self, reply: Reply) -> Response:
        """Return a reply as a page of its own."""
        known = isinstance(reply, Shown)
        title = reply.sentence if isinstance(reply, Shown) else "not found"
        return self.page(
            "plain.html.jinja",
            200 if known else 404,
            title=f"{title} - fitdoctor",
            piece=piece(reply),
        )

    def page(self, name: str, status: int = 200, **shown: object) -> Response:
        made = template(name).render(shown, with_runs=self.runs is not None)
        return HTMLResponse(made, status_code=status)


def piece(reply: Reply) -> str:
    """Return a reply as HTML."""
    if isinstance(reply, Shown):
        return Markup(reply.html)  # noqa: S704 - rendered by an escaping template
    why = reply.why if isinstance(reply, Refused) else ""
    return Markup(template("refusal.html.jinja").render(why=why))  # noqa: S704 - the same
