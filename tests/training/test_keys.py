"""The list of a recipe's keys: nothing missing, nothing stale, every one accepted."""

import re

import msgspec
import pytest

from fitdoctor.cli import main
from fitdoctor.records.recipe import Augmentation, Backbone, FineTuning, Layer, Optimizer, Recipe
from fitdoctor.training import keys, recipes

NAMES = {key.name: key for key in keys.all_keys()}


@pytest.mark.parametrize(
    ("at", "record"),
    [("", Recipe), ("backbone.", Backbone), ("optimizer.", Optimizer), ("layers[].", Layer),
     ("augmentation.", Augmentation), ("fine_tuning.", FineTuning)],
)  # fmt: skip
def test_every_field_that_is_an_order_is_a_key_with_a_meaning(at, record):
    fields = {at + name for name in record.__struct_fields__ if name not in keys.RECORDED}
    there = {name for name in NAMES if re.fullmatch(re.escape(at) + r"\w+", name)}
    assert there == fields
    assert all(NAMES[name].meaning and NAMES[name].takes for name in fields)


SIMPLE = {"text": "'x'", "whole number": "3", "number": "0.5", "true or false": "true"}


PLAIN = [key for key in NAMES.values() if not {"table", "list"} & set(key.takes.split())]


@pytest.mark.parametrize("key", PLAIN, ids=lambda key: key.name)
def test_every_key_takes_what_it_says(key):
    first = key.takes.split(" or ")[0] if key.takes not in SIMPLE else key.takes
    value = SIMPLE.get(first) or f"'{first.split(', ')[0]}'"
    home, _, name = key.name.rpartition(".")
    needed = {"backbone": "name", "optimizer.schedule": "kind", "layers[]": "kind"}.get(home)
    table = f"[[{home[:-2]}]]" if home.endswith("[]") else f"[{home}]" if home else ""
    other = "'cosine'" if needed == "kind" else "'VGG16'"
    fill = f"{needed} = {other}\n" if needed and needed != name else ""
    msgspec.toml.decode(f"{table}\n{fill}{name} = {value}\n", type=Recipe)


def test_what_is_said_of_defaults_is_what_is_trained(tmp_path):
    (tmp_path / "photos").mkdir()

    def settled(**settings):
        return recipes.from_settings(str(tmp_path / "photos"), settings)

    frozen, whole = settled(), settled(weights="none")
    backbone = settled(weights="none", backbone="MobileNetV2")
    for name, value in recipes.DEFAULTS.items():
        assert NAMES[name].default.split(";")[0] == str(getattr(frozen, name)) == str(value)
    assert NAMES["patience"].default.startswith(f"{frozen.patience}; {whole.patience} ")
    assert NAMES["optimizer.learning_rate"].default.startswith(f"{frozen.optimizer.learning_rate} ")
    schedule = whole.optimizer.schedule
    for part in (schedule.kind, schedule.factor, f"{schedule.every:g} epochs"):
        assert str(part) in NAMES["optimizer.schedule"].default
    assert backbone.optimizer.schedule.kind in NAMES["optimizer.schedule"].default
    times = backbone.optimizer.learning_rate / frozen.optimizer.learning_rate
    assert f"{times:g} times" in NAMES["optimizer.learning_rate"].default
    assert backbone.patience == backbone.epochs / 2
    assert str(backbone.backbone.momentum) in NAMES["backbone.momentum"].default


def test_keys_are_printed_by_word(capsys):
    assert main(["recipe", "fine", "monitor"]) == 0
    names = re.findall(r"^(\S+)  \(", capsys.readouterr().out, re.MULTILINE)
    assert names == [name for name in NAMES if "fine" in name or "monitor" in name]
    assert main(["recipe", "nonsense"]) == 2
    assert "no key of a recipe holds nonsense" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("word", "meant"),
    [("rotate", "augmentation.rotation"), ("augmnt", "augment"), ("patiense", "patience")],
)
def test_a_word_that_no_key_holds_is_answered_with_what_was_meant(word, meant, capsys):
    assert main(["recipe", word]) == 2
    assert re.search(rf"Did you mean .*{re.escape(meant)}\b.*\?", capsys.readouterr().err)
