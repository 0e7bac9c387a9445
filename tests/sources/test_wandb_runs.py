"""Run folders of Weights & Biases: several runs, torn files, records over blocks, links."""

import json
import struct

import numpy as np
import pytest

from fitdoctor.errors import UnreadableSourceError
from fitdoctor.sources import read

HEAD = b":W&B" + struct.pack("<HB", 0xBEE1, 0)


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def field(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def items(values, nested=True):
    """A HistoryRecord or a ConfigRecord; histories have nested keys."""
    return b"".join(
        field(1, b"".join(field(2 if nested else 1, part.encode()) for part in key.split("."))
              + field(16, json.dumps(value).encode()))
        for key, value in values.items()
    )  # fmt: skip


def framed(records):
    """The records in blocks, as LevelDB's log has them."""
    data = bytearray(HEAD)
    for record in records:
        rest, first = record, True
        while first or rest:
            left = 32_768 - len(data) % 32_768
            if left < 7:
                data += b"\0" * left
                left = 32_768
            piece, rest = rest[: left - 7], rest[left - 7 :]
            kind = (1 if not rest else 2) if first else (3 if rest else 4)
            data += struct.pack("<IHB", 0, len(piece), kind) + piece
            first = False
    return bytes(data)


def write(folder, name="calm", rows=12, pad="", config=None, epochs=True):
    folder.mkdir(parents=True)
    records = [field(17, field(1, b"abc") + field(8, name.encode())
                     + field(4, items(config or {}, nested=False)))]  # fmt: skip
    for i in range(rows):
        row = {"train/loss": 0.9**i, "val/loss": 1 + 0.1 * i, "_step": 10 * i, "note": pad}
        records.append(field(2, items(row | ({"epoch": i + 1} if epochs else {}))))
    path = folder / "run-abc.wandb"
    path.write_bytes(framed(records))
    return path


def test_a_run_folder_has_its_curves_settings_and_name(tmp_path):
    config = {"learning_rate": 0.3, "batch_size": 8, "epochs": 12, "optimizer": "Adam"}
    path = write(tmp_path / "run-1-abc", config=config)
    for source in (path, path.parent, tmp_path):
        (run,) = read(source)
        assert run.name == "calm"
        assert run.curves["val_loss"].epochs.tolist() == list(range(1, 13))
        np.testing.assert_allclose(run.curves["loss"].values, 0.9 ** np.arange(12))
        assert run.recipe.batch_size == 8
        assert run.recipe.optimizer.learning_rate == 0.3


def test_all_runs_of_a_folder_are_read_once(tmp_path):
    for i in range(3):
        write(tmp_path / "wandb" / f"offline-run-{i}-abc", name=f"run {i}")
    (tmp_path / "wandb" / "latest-run").symlink_to(tmp_path / "wandb" / "offline-run-2-abc")
    for source in (tmp_path / "wandb", tmp_path):
        assert [run.name for run in read(source)] == ["run 0", "run 1", "run 2"]


def test_without_an_epoch_the_number_of_the_record_counts(tmp_path):
    (run,) = read(write(tmp_path / "run-1-abc", epochs=False))
    assert run.curves["loss"].epochs.tolist() == [10 * i for i in range(12)]


def test_records_reach_over_blocks_and_a_torn_one_ends_the_file(tmp_path):
    path = write(tmp_path / "run-1-abc", rows=40, pad="x" * 3001)
    assert path.stat().st_size > 3 * 32_768
    (run,) = read(path)
    assert len(run.curves["loss"]) == 40
    path.write_bytes(path.read_bytes()[:-2000])
    (torn,) = read(path)
    assert len(torn.curves["loss"]) == 39
    np.testing.assert_array_equal(torn.curves["loss"].values, run.curves["loss"].values[:39])


@pytest.mark.parametrize("left", range(9))
def test_what_is_left_of_a_block_holds_no_record(tmp_path, left):
    """The first block ends as many bytes behind a record as are left, of which six hold none."""
    pads = ("x" * (32_000 + more) for more in range(768))
    homes = (tmp_path / f"run-{number}" for number in range(768))
    for home, pad in zip(homes, pads, strict=True):
        if write(home, rows=1, pad=pad).stat().st_size == 32_768 - left:
            break
    path = write(tmp_path / "run-whole", rows=3, pad=pad)
    (run,) = read(path)
    assert len(run.curves["loss"]) == 3


@pytest.mark.parametrize("cut", [0, 8, 40])
def test_garbage_is_refused_in_a_line(tmp_path, cut):
    rng = np.random.default_rng(cut)
    path = write(tmp_path / "run-1-abc")
    path.write_bytes(path.read_bytes()[:cut] + (HEAD if not cut else b"") + rng.bytes(90_000))
    with pytest.raises(UnreadableSourceError, match="W&B run"):
        read(path)


def test_nothing_logged_says_what_to_bring(tmp_path):
    write(tmp_path / "run-1-abc", rows=0)
    with pytest.raises(UnreadableSourceError, match=r"files/output\.log"):
        read(tmp_path)
