"""Text that is meant to hurt: whatever is read ends in Runs or in one clear line, and soon."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitdoctor import sources
from fitdoctor.errors import UnreadableSourceError

UNITS = [
    "(", "{", "[", "1/1 ", "a: ", "loss: 1 - ", "Epoch 1/1 ", "9", "1.5 ", "x = (", "x = [\n",
    "def f(x):\n ", '{"a": ', "{\n", "|", "- ", "loss: 0.5\n", "Epoch 1/2\n", "\r", "\x08", "%|",
    "1 a 1.11 1.11 1.11 1.11\n", "epoch,loss\n", "training loss is ", "if x:\n", "...\n", "x=1\n",
    "Layer (type) Output Shape Param #\n", "{'loss': [", "lambda x: ", "1+", "not ", '"""\n',
    "Test: [ 0/79] Loss 2 (2) Acc@1 5 (5)\n", "Epoch: [0][1/2] Loss 1 (2)\n", "\x1b[1m", "第1轮",
]  # fmt: skip
WORDS = st.sampled_from(
    [*UNITS, "loss", "val_acc", "nan", "inf", "1e999", "-", ":", "=", "0.5", "1,5", "\n", " ", "#",
     "model.fit(", ")", "Dense(", "9" * 30, "\u0661", "\u00b2",
     "\x00", "\ufeff", "é", "ответ", "in [3]:"]
)  # fmt: skip


def read_or_refused(path):
    """Whether a source gives runs, or one clear line."""
    try:
        return bool(sources.read(path))
    except UnreadableSourceError as error:
        return "\n" not in str(error)


@pytest.mark.costly
@pytest.mark.parametrize("unit", UNITS, ids=repr)
def test_time_grows_no_faster_than_the_text(tmp_path, unit, cost):
    path = tmp_path / "page.txt"
    path.write_text((unit * (200_000 // len(unit)))[:200_000])

    def read():
        with contextlib.suppress(UnreadableSourceError):
            sources.read(path)

    # A reader whose time grows with the square takes thousands of turns.
    assert cost(read, enough=80) < 80


@given(st.lists(WORDS, max_size=60).map("".join))
def test_any_words_are_read_or_refused(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "words.txt"
    path.write_text(text, encoding="utf-8")
    assert read_or_refused(path)


@given(st.sampled_from(["a.txt", "a.keras", "a.h5", "a.ipynb", "a.pkl"]), st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(tmp_path_factory, name, data):
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(data)
    assert read_or_refused(path)


def test_a_long_log_reads_like_its_last_states(tmp_path):
    """Above a megabyte overwritten states of bars are dropped before anything is parsed."""
    bars = "".join(
        f"Epoch {e}/9\n"
        + "".join(f"{i:4d}/900 [====>...] - ETA: 9s - loss: {1 / i:.4f} - acc: 0.1{end}"
                  for i in range(1, 900))
        + f"900/900 [======] - 9s 9ms/step - loss: 0.{e}111 - acc: 0.{e}5 - val_loss: 0.{e}222\n"
        for e, end in zip(range(1, 10), "\r\n" * 5, strict=False)
    ) * 3  # fmt: skip
    (tmp_path / "long.log").write_bytes(bars.encode())
    assert len(bars) > 1_000_000
    runs = sources.read(tmp_path / "long.log")
    assert len(runs) == 3
    assert [float(v) for v in runs[0].curves["loss"].values] == [
        e / 10 + 0.0111 for e in range(1, 10)
    ]
    assert runs[0].data.steps_per_epoch == 900
