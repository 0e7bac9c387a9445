"""What a form says, and what is kept of it."""

import asyncio
import filecmp
import io
import random
from pathlib import Path

import pytest
from starlette.datastructures import FormData, UploadFile

from fitdoctor.web.cases import Case, Cases
from fitdoctor.web.forms import MOST_ANSWERS, MOST_WORDS, Uploads, form_of
from fitdoctor.web.messages import TEXT, Part


def form(*pairs):
    return form_of(FormData(list(pairs)))


def test_a_correction_is_what_differs_from_what_was_read():
    given = form(
        ("read=n_val", "9"), ("set=n_val", "9"), ("read=loss", "mse"), ("set=loss", ""),
        ("set=epochs", "4"), ("read=epochs", ""), ("set=curve:loss", "val_loss"),
        ("read=curve:loss", "loss"), ("set=batch_size", " 16 "), ("read=batch_size", "16"),
    )  # fmt: skip
    assert given.corrections == {"loss": "", "epochs": "4", "curve:loss": "val_loss"}


def test_the_last_answer_counts_and_one_can_be_taken_back():
    given = form(("answered", "a=yes"), ("answered", "b=no"), ("answer", "a=no"), ("skip", "c"))
    assert given.answers == {"a": "no", "b": "no"}
    assert given.skipped == ("c",)
    assert form(("answered", "a=yes"), ("forget", "a")).answers == {}


def test_what_no_page_of_ours_sends_is_cut_or_left_out():
    given = form(
        *[("answered", f"{i}={'x' * 1000}") for i in range(1000)], ("case", "x" * 1000),
        ("set=n_val", "1" * 1000), ("answer", "=x"), ("text", "a\r\nb"),
        ("text", UploadFile(io.BytesIO(b"x"), filename="x")),
        ("set=x", UploadFile(io.BytesIO(b"x"), filename="x")),
    )  # fmt: skip
    assert len(given.answers) == MOST_ANSWERS
    assert max(map(len, [*given.answers.values(), given.case])) <= MOST_WORDS
    assert given.corrections == {}
    assert given.text == ""
    assert form(("text", "a\r\nb")).text == "a\nb"


def test_text_is_read_again_only_where_it_changed():
    read, file = Part(name=TEXT, read=b"1"), Part(name="a.csv", read=b"2")
    case = Case(id="x", text="one\ntwo", parts=(read, file))
    assert case.given("one\ntwo", (), "") == (read, file)
    assert case.given("one\nmore", (), "")[0] == Part(name=TEXT, text="one\nmore")
    assert case.given(" ", (), "") == (file,)
    assert case.given("one\ntwo", (), "a.csv") == (read,)
    new = Part(name="a.csv", path="/x")
    assert case.given("one\ntwo", (new,), "") == (read, new)


def test_another_text_is_another_training():
    case = Case(id="x", text="one\ntwo")
    assert case.is_another("three\n")
    assert not case.is_another("two\nthree")
    assert not case.is_another("")
    assert not Case(id="x").is_another("three")


def test_the_oldest_cases_go_first_and_no_id_is_made_up():
    cases = Cases(most=3, most_kept=1000)
    ids = [cases.find("").id for _ in range(5)]
    assert len(set(ids)) == 5
    for id in ids:
        cases.keep(Case(id=id, text="x"))
    assert [cases.find(id).text for id in ids] == ["", "", "x", "x", "x"]
    assert cases.find("mine").id != "mine"
    cases.keep(Case(id=ids[0], text="x" * 5000))
    assert cases.find(ids[0]).text
    assert not cases.find(ids[4]).text


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a.csv", "a.csv"), ("../../etc/passwd", "passwd"), ("C:\\x\\b.log", "b.log"),
        ("..", "file"), ("<script>.py", "_script_.py"), ("a\x00b.txt", "a_b.txt"),
        ("x" * 500 + ".h5", "x" * 97 + ".h5"), ("\u202egpj.py", "_gpj.py"),
        ("-rf.txt", "-rf.txt"), (".hidden", "hidden"),
    ],
)  # fmt: skip
def test_files_get_safe_names_and_are_gone_afterwards(name, safe, tmp_path):
    content = random.Random(0).randbytes(3_000_000)
    source = tmp_path / "source"
    source.write_bytes(content)

    async def written():
        with Uploads() as uploads:
            given = [UploadFile(io.BytesIO(content), filename=name) for _ in range(2)]
            parts = await uploads.parts([*given, "no file", UploadFile(io.BytesIO(), filename="")])
            return [(p.name, filecmp.cmp(p.path, source, shallow=False), p.path) for p in parts]

    found = asyncio.run(written())
    assert [(n, same) for n, same, _ in found] == [(safe, True)] * 2
    assert not any(Path(path).parents[1].exists() for _, _, path in found)
