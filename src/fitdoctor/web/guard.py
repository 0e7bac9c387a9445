"""Who may ask: this machine's own pages with the session's token, and how much at a time.

A page of another site reaches a server on this machine in two ways: its name is made to resolve to
127.0.0.1 (DNS rebinding: the `Host` header is then its own), or it posts across origins (`Origin`
and `Sec-Fetch-Site` tell). Both are refused before anything is read, and both lack the cookie.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Sequence
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
METHODS = frozenset({"GET", "HEAD", "POST"})
MOST_BYTES = 64_000_000
"""Of one request's body."""
SLOW = 30.0
"""Seconds in which the next piece of a body has to come."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = (
    ("content-security-policy", POLICY),
    ("cross-origin-embedder-policy", "require-corp"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
)
TOO_LARGE = "it is too large; bring a part of it"
UNKNOWN = (
    "fitdoctor does not know this browser yet. Open the whole link that `fitdoctor serve` printed, "
    "with its token.\n"
)


def new_token() -> str:
    """Return a token that nobody guesses."""
    return secrets.token_urlsafe(32)


class TooLargeError(Exception):
    """The body of a request is larger than is taken."""


class Guard:
    """Passes on what this machine's own pages ask, and refuses the rest in one line."""

    def __init__(
        self, app: ASGIApp, token: str, port: int, *, most_bytes: int = MOST_BYTES
    ) -> None:
        self.app, self.token, self.most_bytes = app, token, most_bytes
        self.cookie = f"fitdoctor_{port}"  # cookies of one host are shared by all its ports

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"]]
        answer = self._answer(scope, headers)
        hardened = _Hardened(send)
        if answer is not None:
            await answer(scope, receive, hardened)
            return
        await self.app(scope, _Bounded(receive, self.most_bytes), hardened)

    def _answer(self, scope: Scope, headers: Sequence[tuple[str, str]]) -> Response | None:
        """Return the response that ends a request here, or `None` where it may pass."""
        hosts = [value for name, value in headers if name == "host"]
        if len(hosts) != 1 or _hostname(hosts[0]) not in LOOPBACK:
            return _refused(403, "this server answers to localhost alone")
        if scope["method"] not in METHODS:
            return _refused(405, "this method is not taken")
        if token := self._token_of_link(scope):
            return self._greeted(token)
        origins = [value for name, value in headers if name == "origin"]
        if any(origin != f"http://{hosts[0]}" for origin in origins):
            return _refused(403, "this page belongs to another site")
        sites = {value for name, value in headers if name == "sec-fetch-site"}
        if not sites <= ({"same-origin", "none"} if scope["method"] != "POST" else {"same-origin"}):
            return _refused(403, "this request comes from another site")
        if not self._knows(headers):
            return _refused(403, UNKNOWN)
        length = next((value for name, value in headers if name == "content-length"), "0")
        if not length.isascii() or not length.isdigit() or int(length) > self.most_bytes:
            return _refused(413, TOO_LARGE)
        return None

    def _token_of_link(self, scope: Scope) -> str:
        if scope["method"] != "GET" or scope["path"] != "/":
            return ""
        query: dict[str, list[str]] = parse_qs(scope["query_string"].decode("latin-1"))
        return query.get("token", [""])[0]

    def _greeted(self, token: str) -> Response:
        """Give the cookie to who has the token, and an address without it."""
        if not hmac.compare_digest(token.encode(), self.token.encode()):
            return _refused(403, UNKNOWN)
        response = RedirectResponse("/", status_code=303)
        response.set_cookie(self.cookie, self.token, httponly=True, samesite="strict", path="/")
        return response

    def _knows(self, headers: Sequence[tuple[str, str]]) -> bool:
        for name, value in headers:
            if name != "cookie":
                continue
            try:
                morsel = SimpleCookie(value).get(self.cookie)
            except CookieError:
                continue
            if morsel and hmac.compare_digest(morsel.value.encode(), self.token.encode()):
                return True
        return False


def _hostname(host: str) -> str:
    """Return the name in a `Host` header, empty where it is none."""
    try:
        parts = urlsplit(f"//{host}")
        port = parts.port
    except ValueError:
        return ""
    if parts.netloc != host or parts.username is not None or parts.path or port == 0:
        return ""
    return parts.hostname or ""


def _refused(status: int, why: str) -> Response:
    return PlainTextResponse(f"fitdoctor: {why}\n", status_code=status)


class _Bounded:
    """Receives a body of at most so many bytes, in pieces that do not keep it waiting."""

    def __init__(self, receive: Receive, most: int) -> None:
        self.receive, self.left, self.whole = receive, most, False

    async def __call__(self) -> Message:
        if self.whole:
            return await self.receive()  # waits until the browser goes
        message = await asyncio.wait_for(self.receive(), SLOW)
        if message["type"] == "http.request":
            self.left -= len(message.get("body", b""))
            self.whole = not message.get("more_body", False)
            if self.left < 0:
                raise TooLargeError
        return message


class _Hardened:
    """Sends responses with the headers that keep pages apart."""

    def __init__(self, send: Send) -> None:
        self.send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            names = {name for name, _ in message["headers"]}
            more = [(n.encode(), v.encode()) for n, v in HEADERS if n.encode() not in names]
            if b"cache-control" not in names:
                more.append((b"cache-control", b"no-store"))
            message = {**message, "headers": [*message["headers"], *more]}
        await self.send(message)
