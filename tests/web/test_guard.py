"""Requests of other sites are refused before anything is read, whatever they look like."""

import asyncio

import pytest

from fitdoctor.web.guard import HEADERS, Guard, new_token
from fitdoctor.web.guard import TooLargeError as TooLarge

PORT = 8765
TOKEN = new_token()
OWN = {"host": f"127.0.0.1:{PORT}", "cookie": f"fitdoctor_{PORT}={TOKEN}"}
POST = {**OWN, "origin": f"http://127.0.0.1:{PORT}", "sec-fetch-site": "same-origin"}


def asked(method="GET", path="/", query="", headers=OWN, body=(b"",), most_bytes=1000):
    """Return the status, the headers, and whether the request reached the page."""
    reached, sent = [], []

    async def page(scope, receive, send):
        reached.append(scope["path"])
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"fine"})

    pieces = [{"type": "http.request", "body": b, "more_body": i < len(body) - 1}
              for i, b in enumerate(body)]  # fmt: skip

    async def receive():
        return pieces.pop(0)

    async def send(message):
        sent.append(message)

    pairs = headers.items() if isinstance(headers, dict) else headers
    scope = {
        "type": "http", "method": method, "path": path, "query_string": query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in pairs],
    }  # fmt: skip
    asyncio.run(Guard(page, TOKEN, PORT, most_bytes=most_bytes)(scope, receive, send))
    return sent[0]["status"], dict(sent[0]["headers"]), bool(reached)


def passes(**request):
    status, _, reached = asked(**request)
    assert (status == 200) == reached
    return reached


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8765", "localhost:8765", "LOCALHOST", "[::1]:8765", "127.0.0.1:9000"]
)
def test_this_machine_by_its_names_and_forwarded_ports(host):
    assert passes(headers={**OWN, "host": host})
    assert passes(method="POST", headers={**POST, "host": host, "origin": f"http://{host}"})


@pytest.mark.parametrize(
    "host",
    [
        "example.org", "example.org:8765", "127.0.0.1.example.org:8765", "localhost.example.org",
        "example.org:127.0.0.1", "127.0.0.1@example.org", "example.org@127.0.0.1", "127.0.0.1 x",
        "127.0.0.1/", "127.0.0.1:8765:80", "localhost.", "0.0.0.0:8765", "127.1", "2130706433",
        "", "[::ffff:127.0.0.1]", "127.0.0.1:99999", "127.0.0.1#", "127.0.0.1?x", "xn--127-0-0-1",
        "127.0.0.1\\example.org", "\xb2127.0.0.1",
    ],
)  # fmt: skip
def test_a_name_made_to_lead_here_is_refused(host):
    """DNS rebinding, as in CVE-2025-14279: the browser sends the name of the other site."""
    for method in ("GET", "POST"):
        assert asked(method, headers={**POST, "host": host})[0] == 403
    query = f"token={TOKEN}"
    assert not asked(query=query, headers={"host": host})[1].get(b"set-cookie")


def test_one_host_and_no_second():
    assert asked(headers=[("cookie", OWN["cookie"])])[0] == 403
    twice = [*OWN.items(), ("host", "example.org")]
    assert asked(headers=twice)[0] == 403


@pytest.mark.parametrize(
    "origin",
    [
        "http://example.org", "https://127.0.0.1:8765", "http://127.0.0.1:9999", "null", "",
        "http://localhost:8765", "http://127.0.0.1:8765.example.org", "http://127.0.0.1",
        "http://127.0.0.1:8765/", "file://", "http://127.0.0.1:8765, http://example.org",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_page_of_another_origin_is_refused(origin, method):
    """As in CVE-2026-2611: a form or fetch of another site, which needs no answer to do harm."""
    assert not passes(method=method, headers={**POST, "origin": origin})
    both = [*POST.items(), ("origin", origin)]
    assert not passes(method=method, headers=both)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "none", "same-origin, cross-site"])
def test_what_the_browser_says_of_the_asking_site_counts(site):
    assert not passes(method="POST", headers={**POST, "sec-fetch-site": site})
    assert passes(headers={**OWN, "sec-fetch-site": site}) == (site == "none")


def test_a_post_of_no_browser_needs_the_token_alone():
    assert passes(method="POST")
    assert not passes(method="POST", headers={"host": OWN["host"]})


@pytest.mark.parametrize(
    "cookie",
    [
        "", "fitdoctor_8765=", f"fitdoctor_8765={TOKEN[:-1]}", f"fitdoctor_8765={TOKEN}x",
        f"fitdoctor_9000={TOKEN}", f"other={TOKEN}", f"\xe9={TOKEN}", ";;;", "fitdoctor_8765=\xe9",
    ],
    ids=(
        "none", "empty", "shorter", "longer", "other port", "other name", "no ASCII", "no cookie",
        "other value",
    ),
)  # fmt: skip
def test_without_the_token_nothing_is_shown(cookie):
    for path in ("/", "/rules", "/static/page.js", "/runs"):
        status, _, reached = asked(path=path, headers={**OWN, "cookie": cookie})
        assert (status, reached) == (403, False)


def test_the_link_gives_the_cookie_once_and_leaves_the_address():
    status, headers, reached = asked(query=f"token={TOKEN}", headers={"host": OWN["host"]})
    assert (status, headers[b"location"], reached) == (303, b"/", False)
    cookie = headers[b"set-cookie"].decode().lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    for wrong in ("x", TOKEN + "x", "\u00e9", "%00"):
        status, headers, _ = asked(query=f"token={wrong}", headers={"host": OWN["host"]})
        assert (status, headers.get(b"set-cookie")) == (403, None)
    assert asked("POST", query=f"token={TOKEN}", headers={"host": OWN["host"]})[0] == 403


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "TRACE", "CONNECT", "PATCH", "x"])
def test_other_methods_are_refused(method):
    status, headers, reached = asked(method, headers=POST)
    assert (status, reached) == (405, False)
    assert not [name for name in headers if name.startswith(b"access-control")]


def test_every_answer_keeps_pages_apart():
    for request in ({}, {"method": "PUT"}, {"headers": {"host": "example.org"}}):
        _, headers, _ = asked(**request)
        assert all(headers[name.encode()] == value.encode() for name, value in HEADERS)
        assert headers[b"cache-control"] == b"no-store"
    policy = dict(HEADERS)["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("length", ["1001", "99999999999999999999", "-1", "1e3", "\xb2", ""])
def test_a_body_that_is_said_to_be_too_large_is_not_read(length):
    assert asked("POST", headers={**POST, "content-length": length})[0] == 413


def test_a_body_that_turns_out_too_large_ends_there():
    assert passes(method="POST", headers=POST, body=(b"x" * 500, b"x" * 500))
    with pytest.raises(TooLarge):
        asked("POST", headers=POST, body=(b"x" * 500, b"x" * 501, b""))


def test_tokens_are_long_and_differ():
    assert len({new_token() for _ in range(100)}) == 100
    assert len(new_token()) >= 43
