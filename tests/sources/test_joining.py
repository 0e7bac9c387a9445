"""Several sources as one patient; what does not agree is said."""

import json

import pytest

from fitdoctor import doctor, sources
from fitdoctor.errors import UnreadableSourceError

LOG = """Train on 800 samples, validate on 200 samples
Epoch 1/5
800/800 [==============================] - 1s 1ms/sample - loss: 0.9 - val_loss: 0.8
"""


def test_a_log_a_script_and_a_folder_become_one_run(tmp_path):
    from PIL import Image

    (tmp_path / "train.log").write_text(LOG)
    (tmp_path / "train.py").write_text(
        "m = Sequential([Dense(3)])\nm.compile('adam')\nm.fit(x, y, epochs=7)"
    )
    for kind in ("cats", "dogs"):
        (tmp_path / "photos" / kind).mkdir(parents=True)
        Image.new("RGB", (4, 4)).save(tmp_path / "photos" / kind / "1.png")
    run = sources.join(
        [sources.read(tmp_path / name)[-1] for name in ("train.log", "train.py", "photos")]
    )
    assert run.data.n_train == 800
    assert run.data.class_counts == (1, 1)
    assert run.recipe.optimizer.name == "Adam"
    assert len(run.sources) == 3
    assert doctor.diagnose(*(str(tmp_path / n) for n in ("train.log", "train.py"))).run.curves


def test_code_and_log_that_do_not_agree_are_told(tmp_path):
    page = "model.fit(x, y, batch_size=64, epochs=9)\n\n" + LOG.replace("1ms/sample", "1ms/step")
    page = page.replace("800/800", "25/25")
    path = tmp_path / "page.txt"
    path.write_text(page)
    (run,) = sources.read(path)
    assert any("the log counts 25 steps (about 32 a step)" in s for s in run.contradictions)
    assert any(s == "epochs: the settings say 9, the log counts to 5" for s in run.contradictions)


def test_two_files_that_do_not_agree_are_told(tmp_path):
    for name, rate in (("a.py", 0.1), ("b.py", 0.01)):
        (tmp_path / name).write_text(f"m = Sequential([Dense(3)])\nm.compile(SGD({rate}))\n")
    run = sources.join([sources.read(tmp_path / n)[-1] for n in ("a.py", "b.py")])
    assert len(run.contradictions) == 1
    assert "learning rate" in run.contradictions[0]


def test_logs_and_fit_calls_of_one_page_belong_together_in_order(tmp_path):
    page = "".join(
        f"model.fit(x, y, batch_size={size}, epochs=1)\nEpoch 1/1\n - 3s - loss: 0.{size} - "
        f"acc: 0.5 - val_loss: 0.9 - val_acc: 0.5\n\nwith another size:\n"
        for size in (16, 32)
    )
    path = tmp_path / "page.txt"
    path.write_text(page)
    runs = sources.read(path)
    if len(runs) == 2:
        assert [run.recipe.batch_size for run in runs] == [16, 32]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.keras", b"PK\x03\x04" + b"\x00" * 50),
        ("a.h5", b"\x89HDF\r\n\x1a\n" + b"\x00" * 200),
        ("a.ipynb", b'{"nbformat": 4, "cells": "none"}'),
        ("a.ipynb", b'{"nbformat": 4, '),
        ("events.out.tfevents.1.host", b"\x10\x00\x00\x00\x00\x00\x00\x00" + b"x" * 40),
    ],
)
def test_damaged_files_are_refused_in_one_line(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableSourceError) as error:
        sources.read(path)
    assert "\n" not in str(error.value)


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    import zipfile

    path = tmp_path / "bomb.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b" " * 200_000_000)
    with pytest.raises(UnreadableSourceError, match="unpacks to more than"):
        sources.read(path)


def test_links_out_of_an_event_folder_are_not_followed(tmp_path):
    outside = tmp_path / "outside" / "events.out.tfevents.1.host"
    outside.parent.mkdir()
    outside.write_bytes(b"\x00" * 64)
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "events.out.tfevents.2.host").symlink_to(outside)
    (inside / "more").symlink_to(outside.parent)
    with pytest.raises(UnreadableSourceError, match="neither a run folder"):
        sources.read(inside)


def test_nothing_that_is_read_is_ever_run(tmp_path):
    """A canary: code, pickles and notebooks that would leave a file behind if they were run."""
    canary = tmp_path / "canary"
    code = f"open({str(canary)!r}, 'w').write('run')\n"
    script = f"import os\n{code}model = Sequential([Dense(2)])\nmodel.fit(x, y, epochs=2)\n"
    (tmp_path / "train.py").write_text(script)
    (tmp_path / "page.txt").write_text(f"My loss is nan.\n\n{script}\n>>> {code}")
    cell = {"cell_type": "code", "source": script, "outputs": []}
    (tmp_path / "book.ipynb").write_text(json.dumps({"nbformat": 4, "cells": [cell]}))
    pickled = b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c" + bytes([len(f"touch {canary}")])
    pickled += f"touch {canary}".encode() + b"\x85R."
    (tmp_path / "history.pkl").write_bytes(pickled)
    (tmp_path / "dict.txt").write_text(
        "{'loss': [__import__('os').system('touch " + str(canary) + "')], 'acc': [1.0]}\n"
    )
    lambda_layer = {"class_name": "Lambda", "config": {"function": ["import os", None, None]}}
    model = {"class_name": "Sequential", "config": {"layers": [lambda_layer]}}
    (tmp_path / "model.json").write_text(json.dumps(model))
    for path in sorted(tmp_path.iterdir()):
        try:
            doctor.diagnose(path)
        except UnreadableSourceError:
            continue
    assert not canary.exists()
