"""No planted secret survives in what is shared; figures and the words of the trade stay."""

import json
import string

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from PIL import Image

from fitdoctor import doctor, proof
from fitdoctor.cases import falling, rising_after, with_curves
from fitdoctor.cli import main
from fitdoctor.records.experiment import Counted, Estimate, Experiment, Prescription, Trial, Verdict
from fitdoctor.records.recipe import Recipe
from fitdoctor.records.redaction import redacted_text

LETTERS, DIGITS = string.ascii_lowercase, string.digits
word = st.text(LETTERS, min_size=5, max_size=12)
alnum = st.text(string.ascii_letters + DIGITS, min_size=24, max_size=40).filter(
    lambda t: (
        sum(c.isdigit() for c in t) >= 5
        and any(c.isupper() for c in t)
        and any(c.islower() for c in t)
    )
)
hexes = st.text("0123456789abcdef", min_size=40, max_size=64)
tokens = st.one_of(
    alnum.map("hf_{}".format), alnum.map("sk-{}".format), alnum.map("ghp_{}".format), alnum, hexes,
    st.text(string.ascii_uppercase + DIGITS, min_size=16, max_size=16).map("AKIA{}".format),
)  # fmt: skip
mails = st.tuples(word, word, word).map(lambda p: f"{p[0]}.{p[1]}@{p[2]}.example.org")
hosts = st.tuples(word, word, st.sampled_from(["com", "edu", "local", "internal", "ac.uk"])).map(
    lambda p: f"{p[0]}-{p[1]}.{p[2]}"
)
addresses = st.tuples(*[st.integers(1, 254)] * 4).map(lambda p: ".".join(map(str, p)))
paths = st.one_of(
    st.tuples(word, word, word).map(lambda p: f"/home/{p[0]}/{p[1]}/{p[2]}.log"),
    st.tuples(word, word).map(lambda p: f"/mnt/{p[0]}/{p[1]}"),
    st.tuples(word, word).map(lambda p: f"C:\\Users\\{p[0]}\\{p[1]}.h5"),
    st.tuples(word, word, word).map(lambda p: f"~/{p[0]}/{p[1]}/{p[2]}"),
    st.tuples(word, word, word).map(lambda p: f"{p[0]}/{p[1]}/{p[2]}.npy"),
    st.tuples(word, word).map(lambda p: f"https://{p[0]}.example.org/{p[1]}"),
    st.tuples(word, word).map(lambda p: f"\\\\{p[0]}\\{p[1]}"),
)

secrets = st.one_of(tokens, mails, hosts, addresses, paths)

PLACES = [
    "My network on {} does not learn, training accuracy is 97 % and validation accuracy 51 %.",
    "It stays at chance level whatever I do (see {}).",
    "{}",
    'x = np.load("{}")',
    "# {} holds the images",
    "WARNING:root:{} 12 34 56 could not be read",
]
LOG = "\n".join(
    f"Epoch {e}/6\n20/20 [====] - 3s - loss: {1.2 / e:.4f} - accuracy: {1 - 0.5 / e:.4f} - "
    f"val_loss: {1.1 + e / 9:.4f} - val_accuracy: 0.5{e}00"
    for e in range(1, 7)
)


def outputs(folder, name, text, capsys):
    """Return everything that commands print or write of a text, redacted."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    page = folder / "report.html"
    shown = []
    for arguments in (
        ["diagnose", str(path), "--html", str(page), "--verbose"],
        ["diagnose", str(path), "--output-format", "json"],
        ["read", str(path)],
        ["read", str(path), "--output-format", "json"],
    ):
        capsys.readouterr()
        assert main([*arguments, "--redact"]) in {0, 1}
        shown.append(capsys.readouterr().out)
    json.loads(shown[1])
    return "\n".join([*shown, page.read_text()])


@settings(max_examples=settings.default.max_examples // 3, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(planted=st.lists(secrets, min_size=6, max_size=6))
def test_no_planted_secret_survives(tmp_path, capsys, planted):
    lines = [place.format(secret) for place, secret in zip(PLACES, planted, strict=True)]
    shown = outputs(tmp_path, "log.txt", "\n".join([*lines, "", LOG, ""]), capsys)
    for secret in planted:
        assert secret not in shown
        assert json.dumps(secret)[1:-1] not in shown


@settings(max_examples=settings.default.max_examples // 6, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(user=word.map("zq{}x".format), project=word.map("qz{}x".format))
def test_names_of_users_are_taken_out_wherever_they_stand(tmp_path, capsys, user, project):
    text = (
        f"I am {user} and my images lie in /home/{user}/{project}/images.\n"
        f"{user.title()} asks: why is validation accuracy 51 %, and training 97 %?\n\n{LOG}"
    )
    shown = outputs(tmp_path / "home" / user, f"{project}/run.txt", text, capsys)
    assert user not in shown.lower()
    assert str(tmp_path) not in shown


@settings(max_examples=200)
@given(secret=secrets, before=st.sampled_from(["", "see ", "(", '"', "= "]))
def test_every_kind_is_taken_out_of_a_sentence(secret, before):
    assert secret not in redacted_text(f"{before}{secret}")


@pytest.mark.parametrize(
    "text",
    [
        "Epoch 3/20 391/391 - loss: 0.5123 - val_accuracy: 0.9310",
        "accuracy 0.5 and/or val_loss 1.3862944 = ln 4, images scaled by 1/255 to 0..1",
        "keras.layers.BatchNormalization(momentum=0.9), tf.keras 2.15.0, model.fit(x_train)",
        "image_dataset_from_directory, EfficientNetV2B0, categorical_crossentropy, from_logits",
        "frozen_batchnorm_mismatch explains bad validation; 418/880 = 0.4750; 103,000,000 weights",
        "p < 0.001, rate 5e-06, train/val split 80/20, Dense(1024) on 7 x 7 x 2048",
    ],
)
def test_words_of_the_trade_stay(text):
    assert redacted_text(text) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("api_key = 'abc123def'", "abc123def"),
        ("WANDB_API_KEY=00ffaa11", "00ffaa11"),
        ("password: hunter22", "hunter22"),
        ("Authorization: Bearer tokentoken", "tokentoken"),
    ],
)
def test_what_is_named_a_key_goes_whatever_it_looks_like(text, kept):
    assert kept not in redacted_text(text)


@pytest.mark.xdist_group("keras")
def test_remarks_on_scripts_and_images_name_no_folder(tmp_path, capsys):
    script = tmp_path / "home" / "zqkimx" / "wardstudy" / "train.py"
    script.parent.mkdir(parents=True)
    script.write_text(
        "import keras\nmodel = keras.Sequential([keras.layers.Dense(10)])\n"
        "model.compile('adam', 'categorical_crossentropy')\n"
        "model.fit(np.load('/mnt/wardstudy/x.npy'), y)\n"
    )
    for output_format in ("text", "json", "sarif"):
        assert main(["check", str(script), "--redact", "--output-format", output_format]) == 1
        shown = capsys.readouterr().out
        assert "train.py" in shown
        assert "zqkimx" not in shown
        assert "wardstudy" not in shown
    for number in range(4):
        for name in ("cats", "dogs"):
            image = script.parent / "set" / name / f"{number}.png"
            image.parent.mkdir(parents=True, exist_ok=True)
            pixels = np.random.default_rng(number // 2).integers(0, 255, (32, 32, 3))
            Image.fromarray(pixels.astype(np.uint8)).save(image)
    main(["audit", str(script.parent / "set"), "--redact"])
    shown = capsys.readouterr().out
    assert shown
    assert "zqkimx" not in shown
    assert "wardstudy" not in shown


@pytest.mark.parametrize("output_format", ["text", "json"])
def test_a_proof_names_no_folder(tmp_path, capsys, monkeypatch, output_format):
    """What the first run said and why trials failed quote the script and its paths."""
    secret = "/home/zqkimx/wardstudy/x.npy"
    trial = Trial(
        cause="dropout_too_high", intervention="lower_dropout", arm="control", seed=0, outcome=0.0,
        seconds=1.0, failure=f"FileNotFoundError: {secret}",
    )  # fmt: skip
    plan = Prescription(intervention="lower_dropout", arguments={"rate": 0.2}, sentence=secret)
    experiment = Experiment(
        cause="dropout_too_high", prescription=plan, control=Recipe(), treated=Recipe(), pairs=5
    )
    verdict = Verdict(
        experiment=experiment, trials=(trial,), pairs=1, effect=Estimate(0.1, 0.0, 0.2),
        level=0.95, decision="undecided", pairs_needed=None, sentence=f"{secret} was missing.",
    )  # fmt: skip
    run = with_curves(loss=falling(to=0.05), val_loss=rising_after())(np.random.default_rng(0))
    home = tmp_path / "runs"
    home.mkdir()
    diagnosis = doctor.examine(replace(run, sources=(str(home),)))
    count = Counted(cause="dropout_too_high", present=True, by="counting", sentence=f"By {secret}.")
    monkeypatch.setattr(proof, "prove_script", lambda *_, **__: (diagnosis, (verdict,), (count,)))
    script = tmp_path / "train.py"
    script.write_text("import keras\n")
    given = ["prove", "--output-format", output_format]
    assert main([*given, str(script)]) == 0
    plain = capsys.readouterr().out
    assert "wardstudy" in (home / "report.html").read_text()
    assert main([*given, "--redact", str(script)]) == 0
    shown = capsys.readouterr().out
    report = (home / "report.html").read_text()
    assert "The same seeds with and without" in report or "Tests of causes" in report
    assert "wardstudy" not in report
    assert "wardstudy" in plain
    assert "dropout" in shown
    assert "zqkimx" not in shown
    assert "wardstudy" not in shown
