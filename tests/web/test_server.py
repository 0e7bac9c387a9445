"""The server as it runs: whole pages without scripts, pieces with them, refusals in one line."""

import http.client
import re
import signal
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from .servers import LOG

pytestmark = pytest.mark.slow


def test_a_form_is_answered_with_a_piece_or_a_whole_page(server):
    piece = server.post(LOG).text
    whole = server.post(LOG, headers={"HX-Request": "false"}).text
    assert "<!doctype" not in piece
    assert whole.startswith("<!doctype html>")
    assert "Problem found: overfitting" in piece
    assert "Problem found: overfitting" in whole
    assert "Epoch 30/30" in whole.partition("<textarea")[2]


def test_answers_and_files_stay_with_the_page_that_gave_them(server):
    first = server.post(files=[("../a.log", LOG)])
    case = re.search(r'name="case" value="([^"]+)"', first.text)[1]
    name, said = re.search(r'name="answer" value="(\w+)=(\w+)"', first.text).groups()
    second = server.post(case=case, answer=f"{name}={said}")
    assert "30 epochs read" in second.text
    assert "That changes" in second.text
    assert f'value="{name}={said}"' in second.text
    other = server.post(case="made-up", answer=f"{name}={said}")
    assert "nothing to diagnose" in other.text.lower()
    gone = server.post(case=case, remove="a.log")
    assert "nothing to diagnose" in gone.text.lower()


def test_another_text_drops_what_was_said_of_the_one_before(server):
    first = server.post(LOG)
    case = re.search(r'name="case" value="([^"]+)"', first.text)[1]
    name, said = re.search(r'name="answer" value="(\w+)=(\w+)"', first.text).groups()
    again = server.post(LOG, case=case, answer=f"{name}={said}")
    assert 'name="answered"' in again.text
    other = server.post("epoch,loss\n1,2\n2,3\n3,4\n", case=case, answered=f"{name}={said}")
    assert 'name="answered"' not in other.text


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([("a.bin", bytes(range(256)) * 10)], "Cannot tell yet"),
        ([("a.keras", b"PK\x03\x04 no archive")], "Cannot tell yet"),
        ([("a.h5", b"\x89HDF\r\n\x1a\n" + b"\xff" * 5000)], "Cannot tell yet"),
        ([("a.pkl", b"cos\nsystem\n(S'touch /tmp/executed'\ntR.")], "Cannot tell yet"),
        ([("a.csv", "x")] * 9, "Too many files"),
    ],
)  # fmt: skip
def test_bad_files_are_answered_in_a_line(server, files, words):
    answer = server.post(files=files)
    assert words in answer.text
    assert "Traceback" not in answer.text


def test_too_much_is_refused(server):
    assert "too large" in server.post("x" * 70_000_000).text
    assert "Part exceeded maximum size" in server.post("x" * 5_000_000).text


def test_the_example_is_a_link(server):
    page = server.ask("GET", "/?example").text
    assert "Problem found: the loss is given probabilities" in page
    assert "kinds of leaves" in page.partition("<textarea")[2]


def test_pages_of_rules_static_files_and_what_is_not_there(server):
    assert "<h1" in server.ask("GET", "/rules").text
    assert "Why it matters" in server.ask("GET", "/rules/overfitting").text
    missing = server.ask("GET", "/rules/%3Cscript%3E")
    assert missing.status == 404
    assert "<script>" not in missing.text.partition("</head>")[2]
    start = server.ask("GET", "/").text
    for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', start):
        file = server.ask("GET", address)
        assert file.status == 200
        assert "immutable" in file.getheader("cache-control")
    for path in ("/static/../app.py", "/static/%2e%2e%2fapp.py", "/nothing", "/static/"):
        assert server.ask("GET", path).status == 404
    assert server.ask("POST", "/rules", {}).status == 405


def test_other_sites_reach_nothing(server):
    for headers in ({"Host": "example.org"}, {"Origin": "http://example.org"}, {"Origin": "null"},
                    {"Sec-Fetch-Site": "cross-site"}, {"Cookie": ""}):  # fmt: skip
        assert server.ask("POST", "/", {"text": LOG}, headers=headers).status == 403


def test_a_port_in_use_and_one_that_cannot_be_are_told(server):
    for port, words in ((server.port, "in use"), (99999, "number from"), (-1, "number from")):
        done = subprocess.run(
            [sys.executable, "-m", "fitdoctor", "serve", "--port", str(port)],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 2
        assert words in done.stderr
        assert "Traceback" not in done.stderr


def test_it_ends_without_a_word_though_pages_are_open(tmp_path):
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / "a.csv").write_text("epoch,loss\n1,0.5\n2,0.4\n")
    command = [sys.executable, "-m", "fitdoctor", "serve", "--port", "0", str(folder)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as served:
        link = urlsplit(served.stdout.readline().strip())
        live = http.client.HTTPConnection("127.0.0.1", link.port, timeout=60)
        live.request("GET", f"/?{link.query}")
        greeted = live.getresponse()
        greeted.read()
        cookie = {"Cookie": greeted.getheader("set-cookie").split(";")[0]}
        live.request("GET", "/runs/events", headers=cookie)
        assert b"retry" in live.getresponse().readline()
        served.send_signal(signal.SIGINT)
        _, said = served.communicate(timeout=60)
        live.close()
    assert served.returncode == 0
    assert said.strip() == "fitdoctor: open this link; Ctrl-C ends it"
