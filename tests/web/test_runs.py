"""The runs of a folder: which are found, what a row says, what stands side by side, what grows."""

import asyncio
import os
import time
from html import unescape
from pathlib import Path

import numpy as np
import pytest

from fitdoctor.records.recipe import Recipe
from fitdoctor.records.run import DataSummary, Run
from fitdoctor.report.beside import differing
from fitdoctor.steady import Steady
from fitdoctor.web import folder, run_pages
from fitdoctor.web.answering import answer
from fitdoctor.web.folder import places
from fitdoctor.web.messages import Compare, Examine, Part, Refused, Row, Summarise

from .servers import LOG, Server
from .test_answering import Reader

OVER = [0.5 + 0.03 * max(0, i - 8) + 0.5 * 0.7**i for i in range(30)]


def write(home, values=OVER, rate=0.001, ended=True, epochs=None):
    """Write a run folder with so many of its epochs."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "recipe.toml").write_text(
        f'batch_size = 16\n[optimizer]\nname = "Adam"\nlearning_rate = {rate}\n'
    )
    rng = np.random.default_rng(1)
    rows = ["epoch,loss,val_loss,val_accuracy"] + [
        f"{i},{0.8**i:.4f},{v + rng.normal(0, 0.01):.4f},0.7{i % 10}" for i, v in enumerate(values)
    ]
    (home / "metrics.csv").write_text(
        "\n".join(rows[: None if epochs is None else epochs + 1]) + "\n"
    )
    if ended:
        (home / "model.keras").write_bytes(b"x")
    return home


def test_runs_logs_and_events_are_found_and_nothing_else(tmp_path):
    write(tmp_path / "a" / "b")
    write(tmp_path / "a" / "b" / "inside a run")
    write(tmp_path / ".hidden")
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / f"{folder.EVENTS}.1.x").write_bytes(b"x")
    (tmp_path / "train.log").write_text(LOG)
    (tmp_path / "empty.log").touch()
    (tmp_path / "photo.png").write_bytes(b"x")
    (tmp_path / "link").symlink_to("/etc")
    (tmp_path / "link.log").symlink_to(tmp_path / "train.log")
    deep = tmp_path.joinpath(*"123456789")
    write(deep)
    assert [p.name for p in places(tmp_path)] == ["train.log", "a/b", "events"]
    assert [p.name for p in places(tmp_path / "a" / "b")] == ["b"]
    assert places(tmp_path / "nothing") == ()


def test_a_huge_folder_is_looked_at_in_part(tmp_path, monkeypatch):
    for i in range(30):
        write(tmp_path / f"{i}")
    monkeypatch.setattr(folder, "MOST_RUNS", 10)
    assert len(places(tmp_path)) == 10
    monkeypatch.setattr(folder, "MOST_ENTRIES", 5)
    assert len(places(tmp_path)) == 5


def test_a_change_of_a_file_changes_the_signature_and_an_end_is_told(tmp_path):
    write(tmp_path / "a", ended=False, epochs=5)
    (before,) = places(tmp_path)
    assert before.grows
    write(tmp_path / "a", ended=False, epochs=6)
    (after,) = places(tmp_path)
    assert before.signature != after.signature
    write(tmp_path / "a")
    assert not places(tmp_path)[0].grows
    write(tmp_path / "b", ended=False)
    for file in (tmp_path / "b").iterdir():
        os.utime(file, (time.time() - 1000,) * 2)
    assert not next(p for p in places(tmp_path) if p.name == "b").grows


def test_a_row_says_how_a_run_went(tmp_path):
    row = answer(Summarise(name="a", path=str(write(tmp_path / "a"))))
    assert isinstance(row, Row)
    assert (row.verdict, row.epochs) == ("sick", 30)
    assert row.sentence.startswith("Problem found: overfitting")
    assert row.loss == pytest.approx(0.55, abs=0.03)
    assert row.accuracy == 0.79
    assert "<polyline" in row.curves[0]


def test_a_run_that_grows_is_never_called_healthy_and_told_when_it_lasts(tmp_path):
    looks, sentences, verdicts = Steady(), [], set()
    for epochs in range(1, 31):
        home = write(tmp_path / "a", ended=False, epochs=epochs)
        row = answer(Summarise(name="a", path=str(home), looks=looks))
        looks = row.looks
        sentences.append(row.sentence)
        verdicts.add(row.verdict)
    assert list(dict.fromkeys(sentences)) == [
        "Still training. Nothing significant so far.",
        "Still training. Found so far: overfitting.",
    ]
    assert verdicts == {"cannot_tell", "sick"}
    request = Examine(case="x", parts=(Part(name="a", path=str(home)),), run="a", looks=looks)
    page = answer(request)
    assert "Found so far: overfitting" in page.html
    assert "still training" in page.html
    assert page.looks == looks
    whole = answer(Examine(case="x", parts=request.parts, run="a"))
    assert "Problem found: overfitting" in whole.html
    assert "still training" not in whole.html


def test_who_opens_a_growing_run_late_sees_what_was_told_by_then(tmp_path):
    home = str(write(tmp_path / "a", ended=False, epochs=30))
    row = answer(Summarise(name="a", path=home, looks=Steady()))
    assert row.sentence == "Still training. Found so far: overfitting."
    assert 5 < row.looks.told["overfitting"] < 25
    request = Examine(case="x", parts=(Part(name="a", path=home),), run="a", looks=Steady())
    page = answer(request)
    assert "Found so far: overfitting" in page.html
    assert page.looks == row.looks


HOSTILE = "<script>alert(1)</script>"


def counted(n_train):
    return DataSummary(n_train=n_train)


def test_runs_side_by_side_show_what_differs(tmp_path):
    runs = (("<b>one", str(write(tmp_path / "1"))), ("two", str(write(tmp_path / "2", rate=0.5))),
            (HOSTILE, str(tmp_path / "missing")))  # fmt: skip
    page = answer(Compare(runs=runs))
    read = Reader(page.html.replace("/runs/view?name=", "/rules/x").replace("%3Cb%3E", ""))
    assert not read.wrong
    assert "script" not in read.tags
    assert "2 runs side by side" in read.text
    assert "Validation loss by epoch: <b>one ends" in unescape(read.text)
    settings = page.html.partition("Settings that differ")[2]
    assert "learning rate" in settings
    assert "batch size" not in settings
    names = [
        name
        for name, _ in differing(
            [
                ("a", Run(recipe=Recipe(batch_size=4), data=counted(3))),
                ("b", Run(recipe=Recipe(batch_size=8), data=counted(5))),
            ]
        )
    ]
    assert names == ["training images", "batch size"]
    assert "of two is +0.0000 against <b>one" in unescape(read.text.partition("Do they differ?")[2])
    assert "no such file" in read.text
    assert isinstance(answer(Compare(runs=runs[2:])), Refused)
    assert differing([]) == []


def test_times_are_told_in_words():
    now = time.time()
    assert [run_pages.ago(now - s) for s in (-5, 5, 61, 7300, 90_000, 200_000)] == [
        "just now", "just now", "1 minute ago", "2 hours ago", "1 day ago", "2 days ago",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    home = tmp_path_factory.mktemp("served")
    write(home / "over")
    write(home / "fine", [0.5 + 0.5 * 0.7**i for i in range(30)], rate=0.01)
    write(home / HOSTILE.replace("/", "_"), rate=0.02)
    (home / "note.txt").write_text("hello")
    (home / "outside.csv").symlink_to("/etc/passwd")
    server = Server(str(home))
    try:
        server.open()
        yield server, home
    finally:
        server.stop()


def names(page):
    return [part.partition("<")[0] for part in page.split("/runs/view?name=")[1:]
            for part in [part.partition(">")[2]]]  # fmt: skip


@pytest.mark.slow
def test_the_table_is_sorted_and_says_what_was_left_out(served):
    server, _ = served
    page = server.ask("GET", "/runs").text
    assert "1 other file is no training log" in page
    by_loss = names(server.ask("GET", "/runs?sort=loss").text)
    turned = names(server.ask("GET", "/runs?sort=loss&turned=1").text)
    assert by_loss[0] == "fine"
    assert turned[-1] == "fine"
    assert names(server.ask("GET", "/runs?sort=name").text)[1:] == ["fine", "over"]
    assert sorted(names(server.ask("GET", "/runs?sort=%3Cscript%3E").text)) == sorted(by_loss)
    assert "alert(1)" in unescape(page)
    assert "<script>alert" not in page


@pytest.mark.slow
def test_a_run_has_a_page_and_only_runs_of_the_folder_do(served):
    server, _ = served
    page = server.ask("GET", "/runs/view?name=over")
    assert page.status == 200
    assert "Problem found: overfitting" in page.text
    for name in ("../over", "/etc/passwd", "outside.csv", "nothing", "", "over/metrics.csv", "%00"):
        missing = server.ask("GET", f"/runs/view?name={name}")
        assert missing.status in {200, 404}
        assert "Problem found" not in missing.text
        assert "root:" not in missing.text
    both = server.ask("GET", "/runs/compare?name=over&name=fine&name=../x").text
    assert "2 runs side by side" in both
    assert server.ask("GET", "/runs/compare").status == 404


@pytest.mark.slow
def test_an_answer_stays_with_a_run_as_it_grows(served):
    server, home = served
    write(home / "growing", ended=False, epochs=10)
    first = once("10 epochs read", lambda: server.ask("GET", "/runs/view?name=growing").text)
    case = first.partition('name="case" value="')[2].partition('"')[0]
    write(home / "growing", ended=False, epochs=20)
    given = {"run": "growing", "case": case, "set=n_val": "50", "read=n_val": ""}
    second = once("20 epochs read", lambda: server.post(**given).text)
    assert "50 validation images" in second


def once(words, ask):
    """Return what is shown when it says so; files are looked at again after a while only."""
    shown = ""
    for _ in range(60):
        shown = ask()
        if words in shown:
            return shown
        time.sleep(0.5)
    raise AssertionError(shown[:2000])


@pytest.mark.slow
def test_events_tell_of_changes_and_nothing_else(served):
    import http.client

    server, home = served
    write(home / "told", ended=False, epochs=3)
    once(">told<", lambda: server.ask("GET", "/runs").text)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", "/runs/events?name=told", headers={"Cookie": server.cookie})
    response = connection.getresponse()
    assert response.getheader("content-type").startswith("text/event-stream")
    assert response.readline() == b"retry: 2000\n"
    write(home / "told", ended=False, epochs=4)
    lines = [response.readline() for _ in range(3)]
    assert b"event: changed\n" in lines
    connection.close()
    for headers in ({"Cookie": ""}, {"Host": "example.org"}, {"Sec-Fetch-Site": "cross-site"}):
        assert server.ask("GET", "/runs/events", headers=headers).status == 403


def test_without_a_folder_there_are_no_runs():
    from starlette.routing import Route

    from fitdoctor.web.app import make
    from fitdoctor.web.pool import Pool

    async def paths(home):
        return {r.path for r in make("x", 1, Pool(1), home).app.routes if isinstance(r, Route)}

    assert "/runs" not in asyncio.run(paths(None))
    assert "/runs" in asyncio.run(paths(Path()))
