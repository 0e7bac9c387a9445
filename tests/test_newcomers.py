"""What somebody gets who gives the wrong thing, or nothing: one line that says what it is."""

import PIL.Image
import pytest
from msgspec.structs import replace

from fitdoctor import doctor
from fitdoctor.cli import main
from fitdoctor.records.finding import Question
from fitdoctor.records.recipe import Backbone
from fitdoctor.report import text
from fitdoctor.rule import as_sentence
from fitdoctor.rules import all_rules
from fitdoctor.training import pretrained


@pytest.fixture
def says(capsys):
    def run(*arguments):
        status = main([str(a) for a in arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return run


@pytest.mark.parametrize("content", ["", " \n\n\t\n"])
@pytest.mark.parametrize("command", ["diagnose", "read"])
def test_an_empty_file_is_said_to_be_empty(tmp_path, says, content, command):
    path = tmp_path / "it.log"
    path.write_text(content)
    assert says(command, path) == (2, "", f"fitdoctor: {path}: it is empty\n")


def test_a_text_without_facts_gets_one_short_line(tmp_path, says):
    path = tmp_path / "cake.md"
    path.write_text("Whisk three eggs with sugar.\nBake for an hour.\n")
    status, _, err = says("diagnose", path)
    assert status == 2
    assert err.count("\n") == 1
    assert len(err) < 200 + len(str(path))


def test_the_help_of_read_lists_the_formats(capsys):
    with pytest.raises(SystemExit):
        main(["read", "--help"])
    assert "Lightning" in capsys.readouterr().out


def test_explain_without_a_name_lists_every_rule_once(says):
    status, out, _ = says("explain")
    named = [line.split()[1].rstrip(":") for line in out.splitlines() if line[:1] == " "]
    assert status == 0
    assert sorted(named) == sorted(rule.name for rule in all_rules())


@pytest.mark.parametrize("width", [60, 100])
def test_every_answer_of_a_question_is_shown(tmp_path, width):
    path = tmp_path / "x.csv"
    path.write_text("epoch,loss\n" + "".join(f"{e},0.69\n" for e in range(1, 9)))
    answers = tuple(f"answer_that_is_number_{n}" for n in range(12))
    asked = Question(id="metric", text="What is it?", answers=answers, bits=1.0, seconds=1.0)
    diagnosis = doctor.diagnose(path)
    only = type(diagnosis)(
        run=diagnosis.run, causes=(), symptoms=diagnosis.symptoms, benign=(), outcomes=(),
        questions=(asked,),
    )  # fmt: skip
    shown = " ".join(text.render(only, width=width).split())
    assert all(answer.replace("_", " ") in shown for answer in answers)


def pictures(folder, number=3):
    folder.mkdir(parents=True, exist_ok=True)
    for n in range(number):
        colour = (20 * n % 255, 40 * n % 255, 77)
        PIL.Image.new("RGB", (16, 16), colour).save(folder / f"{n}.png")


@pytest.mark.xdist_group("keras")
def test_images_without_class_folders_are_counted(tmp_path, says):
    pictures(tmp_path / "flat", 7)
    status, _, err = says("train", tmp_path / "flat")
    assert status == 2
    assert "7 images, but no class folders" in err
    status, out, _ = says("audit", tmp_path / "flat", "-q")
    assert status == 1
    assert "cannot be trained on: no class folders" in out
    assert "nothing found" not in out


@pytest.mark.xdist_group("keras")
def test_the_audit_says_that_one_class_cannot_be_trained_on(tmp_path, says):
    pictures(tmp_path / "only" / "birds")
    _, out, _ = says("audit", tmp_path / "only", "-q")
    assert "cannot be trained on: one class only (birds)" in out
    pictures(tmp_path / "only" / "fish")
    _, out, _ = says("audit", tmp_path / "only", "-q")
    assert "cannot be trained on" not in out


def test_a_run_folder_in_place_of_images_is_named(tmp_path, says):
    (tmp_path / "r1").mkdir()
    (tmp_path / "r1" / "metrics.csv").write_text("epoch,loss\n1,0.5\n")
    status, _, err = says("train", tmp_path / "r1")
    assert status == 2
    assert "this is a run folder" in err
    assert f"fitdoctor train {tmp_path / 'r1'} --resume" in err


def test_check_says_where_there_is_no_script(tmp_path, says):
    (tmp_path / "notes.md").write_text("# x")
    assert says("check", tmp_path) == (
        2, "", f"fitdoctor: {tmp_path}: no script or notebook in it\n",
    )  # fmt: skip


def test_weights_out_of_reach_are_noticed_before_images_are_read(tmp_path, monkeypatch):
    """A host that refuses is out of reach; weights that are here, or none, need no host."""

    def refuse(*_given, **_more):
        raise OSError("no route")

    monkeypatch.setattr("socket.create_connection", refuse)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    wanted = Backbone(name="EfficientNetV2B0", weights="imagenet")
    assert pretrained.out_of_reach(wanted)
    assert not pretrained.out_of_reach(replace(wanted, weights="none"))
    assert not pretrained.out_of_reach(None)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5").touch()
    assert pretrained.out_of_reach(wanted)
    (tmp_path / "models" / "efficientnetv2-b0_notop.h5").touch()
    assert not pretrained.out_of_reach(wanted)


def test_advice_is_a_sentence_everywhere():
    for rule in all_rules():
        for text_ in (rule.advice, *(p.sentence for p in rule.prescriptions)):
            said = as_sentence(text_)
            assert said == as_sentence(said)
            assert not text_ or said.endswith((".", "!", "?"))
            assert not said.endswith("..")
    assert as_sentence("shuffle=False for it.") == "shuffle=False for it."
    assert as_sentence("fewer layers (or none)") == "Fewer layers (or none)."
    assert as_sentence("") == ""


def test_fewer_pairs_than_decide_are_named_before_training(tmp_path, says):
    (tmp_path / "recipe.toml").write_text('images = "nowhere"\nbatch_size = 8\n')
    _, _, err = says("prove", tmp_path / "recipe.toml", "--cause", "overfiting", "--seeds", 3)
    assert "nothing can be decided below 5 pairs" in err
    _, _, err = says("prove", tmp_path / "recipe.toml", "--cause", "overfiting", "--seeds", 5)
    assert "nothing can be decided" not in err


@pytest.mark.xdist_group("keras")
def test_a_relative_folder_stays_relative(tmp_path, says, monkeypatch):
    for kind in ("one", "two"):
        pictures(tmp_path / "photos" / "t" / kind)
        pictures(tmp_path / "photos" / "v" / kind)
    monkeypatch.chdir(tmp_path)
    _, out, _ = says("audit", "photos/t", "-q")
    assert "readable images in photos/t\n" in out
    _, out, _ = says("audit", "photos/t", "--val", "photos/v", "-q")
    assert "readable images in photos\n" in out
    assert "t/one/0.png" in out
    _, out, _ = says("audit", "photos/t", "--val", tmp_path / "photos" / "v", "-q")
    assert f"readable images in {tmp_path / 'photos'}\n" in out
    assert "t/one/0.png" in out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--fine-tune 0", "--fine-tune = 0: expected"),
        ("--fine-tune --backbone small_cnn", "--fine-tune: there is no backbone to fine-tune"),
        ("--fine-tune 3 --weights none", "leave --fine-tune out"),
        ("--batch-size 0", "--batch-size = 0"),
    ],
)
def test_an_option_is_named_as_it_was_typed(tmp_path, says, options, said):
    for kind in ("one", "two"):
        pictures(tmp_path / kind)
    status, _, err = says("train", tmp_path, *options.split())
    assert status == 2
    assert said in err
    assert "fine_tuning" not in err


def test_a_key_that_was_not_typed_keeps_its_name(tmp_path, says):
    (tmp_path / "recipe.toml").write_text('images = "x"\n[fine_tuning]\nepochs = 0\n')
    _, _, err = says("train", tmp_path / "recipe.toml", "--epochs", 3)
    assert "fine_tuning.epochs = 0" in err
