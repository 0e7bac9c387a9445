"""The four posts that the project came from, as saved."""

import pytest

from fitdoctor import doctor


@pytest.fixture
def seed(assets):
    def diagnose(number):
        (path,) = (assets / "seeds").glob(f"{number:03}_*.txt")
        (diagnosis,) = doctor.diagnose_all(path)
        return diagnosis

    return diagnose


def names(items):
    return [item.rule for item in items]


def test_radar_images(seed):
    diagnosis = seed(0)
    curves = diagnosis.run.curves
    assert curves["loss"].epochs.tolist() == list(range(1, 12))
    assert curves["val_loss"].values.tolist() == [
        1.4629, 1.3297, 1.4428, 1.4231, 1.4009, 1.5025, 1.4510, 1.5162, 1.5659, 1.5655, 1.6286,
    ]  # fmt: skip
    assert curves["val_accuracy"].values[-1] == 0.2967
    found = names(diagnosis.causes)
    assert set(found[:2]) == {"dropout_too_high", "bottleneck_before_output"}
    assert found[2] == "epochs_miscomputed"
    assert set(found[3:5]) == {"frozen_batchnorm_mismatch", "frozen_features_unsuited"}
    assert "41%" in diagnosis.causes[0].evidence[0].sentence
    assert diagnosis.verdict == "sick"


def test_resnet_with_a_heavy_head(seed):
    diagnosis = seed(1)
    assert diagnosis.run.curves["loss"].epochs.tolist() == list(range(1, 28))
    assert diagnosis.causes[0].rule == "overfitting"
    assert diagnosis.causes[0].severity == "warning"
    assert "class_weights_unused" in names(diagnosis.causes)
    assert set(names(diagnosis.benign)) >= {"validation_noise", "training_metric_is_regularised"}
    assert (
        diagnosis.run.data.n_val_from_digits.low
        <= 2943
        <= diagnosis.run.data.n_val_from_digits.high
    )


def test_the_colour_of_one_pixel(seed):
    diagnosis = seed(2)
    assert set(names(diagnosis.causes)) >= {
        "dense_on_raw_pixels", "output_units_differ_from_classes", "learning_rate_decays_away",
    }  # fmt: skip
    assert "outcome_depends_on_seed" in names(diagnosis.symptoms)
    assert diagnosis.run.data.class_counts == (2000, 2000)
    decay = next(c for c in diagnosis.causes if c.rule == "learning_rate_decays_away")
    assert "10-fold" in decay.evidence[0].sentence


def test_real_or_fake(seed):
    diagnosis = seed(3)
    assert diagnosis.verdict == "cannot_tell"
    assert "log" in diagnosis.bring[0]
    assert len(diagnosis.run.recipe.layers) == 23


@pytest.mark.slow
def test_every_shared_log_is_read_to_its_last_epoch(assets):
    from fitdoctor.errors import UnreadableSourceError
    from fitdoctor.sources import read

    unread = []
    for path in sorted((assets / "logs").glob("*.txt")):
        headers = [
            x for x in path.read_text(errors="replace").splitlines() if x.startswith("Epoch ")
        ]
        try:
            run = read(path)[-1]
        except UnreadableSourceError:
            unread.append(path.name)
            continue
        if not run.curves:
            unread.append(path.name)
            continue
        last = int(headers[-1].split()[1].split("/")[0]) if headers else 1
        assert run.curves["loss"].epochs[-1] == last, path.name
    assert all("Epoch" not in (assets / "logs" / name).read_text() for name in unread)


def test_histories_of_shared_pages_come_out_exactly(assets):
    """Whatever figures a page holds are read as its case states them, at the right epochs."""
    import json

    from fitdoctor.errors import UnreadableSourceError
    from fitdoctor.sources import read

    names_of = {"acc": "accuracy", "val_acc": "val_accuracy"}
    compared = 0
    for row in map(json.loads, (assets / "cases" / "askers.jsonl").read_text().splitlines()):
        page = assets / "cases" / "pages" / f"{row['id']}.txt"
        if not page.is_file():
            continue
        try:
            curves = read(page)[0].curves
        except UnreadableSourceError:
            continue
        history = row["history"] or {}
        for name, values in history.items():
            curve = curves.get(names_of.get(name, name))
            if not isinstance(values, list) or curve is None:
                continue
            stated = dict(zip(history.get("epoch") or curve.epochs.tolist(), values, strict=False))
            for epoch, value in zip(curve.epochs.tolist(), curve.values.tolist(), strict=True):
                if stated.get(epoch) is not None:
                    assert value == pytest.approx(float(stated[epoch]), rel=1e-4), (row["id"], name)
                    compared += 1
    assert compared > 80
