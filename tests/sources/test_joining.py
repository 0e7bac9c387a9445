"""Several sources as one patient; what does not agree is said."""

import json

import pytest

from fitdoctor import doctor, sources
from fitdoctor.errors import UnreadableSourceError
from fitdoctor.report import headline
from fitdoctor.report import json as report_json
from fitdoctor.sources.keras_archive import MOST_CONFIG

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
        archive.writestr("config.json", b" " * (MOST_CONFIG + 1))
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


def rows(*values):
    lines = [f"{e},{v:.4f},{v + 0.1:.4f}" for e, v in enumerate(values, 1)]
    return "epoch,loss,val_loss\n" + "\n".join(lines) + "\n"


FALLS = [1 / e for e in range(1, 9)]
SCRIPT = "m = Sequential([Dense(3)])\nm.compile('adam')\nm.fit(x, y, epochs={})\n"


def written(folder, **texts):
    paths = []
    for name, text in texts.items():
        paths.append(folder / name.replace("_", "."))
        paths[-1].write_text(text)
    return [str(path) for path in paths]


def test_logs_of_two_trainings_are_diagnosed_in_turn(tmp_path):
    a, b, script = written(
        tmp_path, a_csv=rows(*FALLS), b_csv=rows(*reversed(FALLS)), t_py=SCRIPT.format(9)
    )
    for order in ((a, b, script), (script, b, a)):
        found = doctor.diagnose_all(*order)
        assert {d.run.sources for d in found} == {(a,), (b,)}
        for diagnosis in found:
            assert diagnosis.run.script is None
            assert diagnosis.run.left_out == (script,)
            assert f"left out: {script}" in headline.what_was_read(diagnosis.run)
        assert found[0].run.curves["loss"].values[0] != found[1].run.curves["loss"].values[0]
    single = doctor.diagnose(a, b, script)
    assert single.run.sources == (a,)
    assert single.run.left_out == (b, script)
    assert json.loads(report_json.render([single]))["read"]["left_out"] == [b, script]


@pytest.mark.parametrize(
    "other",
    [
        rows(*(round(v, 2) for v in FALLS)),
        "epoch,val_accuracy\n" + "".join(f"{e},0.{e}\n" for e in range(1, 9)),
    ],
    ids=["the same figures, rounded", "other figures of the same epochs"],
)
def test_two_records_of_one_training_are_joined_with_its_script(tmp_path, other):
    given = written(tmp_path, a_csv=rows(*FALLS), b_csv=other, t_py=SCRIPT.format(8))
    (diagnosis,) = doctor.diagnose_all(*given)
    assert len(diagnosis.run.sources) == 3
    assert diagnosis.run.script
    assert not diagnosis.run.left_out


@pytest.mark.parametrize("with_log", [True, False])
def test_two_scripts_that_train_are_diagnosed_in_turn(tmp_path, with_log):
    given = written(tmp_path, a_py=SCRIPT.format(3), b_py=SCRIPT.format(30))
    log = written(tmp_path, c_csv=rows(*FALLS)) if with_log else []
    found = doctor.diagnose_all(*log, *given)
    assert [d.run.sources for d in found] == [(name,) for name in (*log, *given)]
    assert [bool(d.run.curves) for d in found] == [True] * with_log + [False] * 2


def test_a_module_beside_the_script_that_trains_is_joined(tmp_path):
    given = written(
        tmp_path, net_py="m = Sequential([Dense(3, activation='relu'), Dense(3)])\n",
        t_py=SCRIPT.format(3), c_csv=rows(*FALLS),
    )  # fmt: skip
    assert len(doctor.diagnose_all(*given)) == 1


def test_a_log_of_several_runs_beside_its_script_is_diagnosed_run_by_run(tmp_path):
    log = "".join(
        "".join(f"Epoch {e}/3\n - 3s - loss: {v / e:.4f} - val_loss: 0.9\n" for e in (1, 2, 3))
        for v in (0.9, 0.5)
    )
    given = written(tmp_path, folds_log=log, t_py=SCRIPT.format(3))
    found = doctor.diagnose_all(*given)
    assert [d.run.curves["loss"].values[0] for d in found] == [0.9, 0.5]
    assert all(d.run.script for d in found)
