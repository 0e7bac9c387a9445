"""Mistyped names: the likely one is named, wherever a name is given."""

import pytest

from fitdoctor.cli import main
from fitdoctor.cli.parser import parser
from fitdoctor.errors import RecipeError, did_you_mean
from fitdoctor.records.text import read_recipe
from fitdoctor.rules import all_rules


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["diagnos", "x.log"], "diagnose"),
        (["lrfind", "photos"], "lr-find"),
        (["eval", "run"], "evaluate"),
        (["explain", "overfiting"], "overfitting"),
        (["explain", "dropout-to-high"], "dropout_too_high"),
        (["explain", "FD1O1"], None),
        (["check", ".", "--select", "FD999"], None),
        (["check", ".", "--select", "softmax_over_one_unti"], "softmax_over_one_unit"),
        (["check", ".", "--ignore", "overfit"], "overfitting"),
        (["check", ".", "--output-format", "sarfi"], "sarif"),
        (["check", ".", "--fail-on", "warnings"], "warning"),
        (["train", "photos", "--lr", "0.1"], "--learning-rate"),
        (["train", "photos", "--epochz=5"], "--epochs"),
        (["train", "photos", "--probes", "al"], "all"),
        (["export", "run", "--to", "tflite"], "litert"),
        (["audit", "photos", "--outptu", "x"], "--output"),
        (["diagnose", "x.log", "--zzzzz"], None),
    ],
)
def test_the_command_line_says_what_was_probably_meant(arguments, meant, capsys):
    assert main(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert ("Did you mean" in line) == (meant is not None), line
    if meant:
        (said,) = line.split("Did you mean ")[1:]
        assert said.partition("?")[0] == meant


@pytest.mark.parametrize(
    ("arguments", "option", "use"),
    [
        (["train", "photos", "--resume", "runs/7"], "--resume", "in place of images"),
        (["train", "photos", "--deterministic", "yes"], "--deterministic", "the same bits"),
        (["diagnose", "x.log", "--verbose=2"], "", ""),
    ],
)
def test_a_value_behind_an_option_that_takes_none_is_told(arguments, option, use, capsys):
    assert main(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert (f"{option} takes no value" in line) == bool(option), line
    assert use in line


def test_prove_says_what_was_probably_meant(capsys, tmp_path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text("images = '.'\n")
    assert main(["prove", str(recipe), "--cause", "dropout_to_high"]) == 2
    assert "Did you mean dropout_too_high?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("[augmentation]\nrotate = 0.1", "rotation"),
        ("[augmentation]\nflip = 'horizontl'", "horizontal"),
        ("batchsize = 8", "batch_size"),
        ("lr = 0.1", "optimizer.learning_rate"),
        ("rotation = 0.1", "augmentation.rotation"),
        ("[optimizer]\nname = 'Adam'\nlr = 0.1", "learning_rate"),
        ("[[layers]]\nkind = 'Dense'\nunit = 4", "units"),
        ("[optimizer.schedule]\nkind = 'onecycle'", "one_cycle"),
        ("resize = 'pads'", "pad"),
        ("qqqq = 1", None),
    ],
)
def test_a_recipe_says_what_was_probably_meant(tmp_path, text, meant):
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    with pytest.raises(RecipeError) as caught:
        read_recipe(path)
    assert (f"Did you mean {meant}" in str(caught.value)) if meant else "Did" not in str(caught)


@pytest.mark.slow
def test_networks_settings_and_layers_say_what_was_probably_meant(tmp_path):
    from fitdoctor.records.recipe import Backbone, Layer, Optimizer, Recipe
    from fitdoctor.training import backbones, honoured, network, recipes

    for given, meant in {"mobilenetv2": "MobileNetV2", "small-cnn": "small_cnn"}.items():
        with pytest.raises(RecipeError, match=f"Did you mean {meant}"):
            recipes.from_settings(str(tmp_path), {"backbone": given})
    with pytest.raises(RecipeError, match="Did you mean ResNet50"):
        backbones.build(Backbone(name="resnet-50"), 32)
    with pytest.raises(RecipeError, match="Did you mean Dropout"):
        honoured.check(Recipe(layers=(Layer(kind="Droput"),)))
    with pytest.raises(RecipeError, match="Did you mean AdamW"):
        network.optimizer(Optimizer(name="adamw"))
    with pytest.raises(RecipeError, match="Did you mean batch_size"):
        recipes.from_settings(str(tmp_path), {"batchsize": 3})


def test_every_name_that_lost_or_doubled_a_letter_is_found():
    commands = [
        name
        for action in parser()._actions
        for name in (action.choices or ())
        if len(name) > 4 and not action.option_strings
    ]
    rules = [rule.name for rule in all_rules()][::3]
    assert len(commands) > 8
    for known in (commands, rules):
        for name in known:
            for typed in (name[:-1], name[0] + name, name[:2] + name[3:], name.upper()):
                assert name in did_you_mean(typed, known), typed
