"""What askers report of their own experiments."""

import pytest

from fitdoctor.rules import all_rules
from fitdoctor.sources._changes import AGAINST_ANYTHING, CHANGES, tried


def said(sentence: str, before: str = "") -> set[str]:
    return {claim.predicate for claim in tried(sentence, before)}


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("Without the regularizer the network reaches 80 %.", "helped_by_no_penalty"),
        ("If I set weight decay to 0 the network learns.", "helped_by_no_penalty"),
        ("Taking the dropout out brings it to 0.95.", "helped_by_no_dropout"),
        ("With a smaller learning rate it converges.", "helped_by_lower_rate"),
        ("With the base frozen it works and I get 0.9.", "helped_by_frozen_base"),
        ("When I divide the pixels by 255 everything works.", "helped_by_scaling"),
        ("Removing BatchNorm fixes it.", "helped_by_no_batchnorm"),
        ("Removing dropout made no difference.", "in_vain_no_dropout"),
        ("I tried lower learning rates, but nothing helped.", "in_vain_lower_rate"),
        ("Без аугментации обучается хорошо.", "helped_by_no_augmentation"),
        ("去掉数据增强以后就正常了", "helped_by_no_augmentation"),
    ],
)
def test_a_change_and_its_result_are_read(sentence: str, name: str):
    assert name in said(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Should I use a smaller learning rate?",
        "In the paper they use weight decay of 0.0005 and momentum 0.9.",
        "A smaller learning rate improved it slightly.",
        "The network has dropout.",
        "InceptionV3 frozen: training acc goes to 0.99, validation acc stays at 0.5.",
    ],
)
def test_no_change_is_read_where_none_helped_or_failed(sentence: str):
    assert not {name for name in said(sentence) if name.startswith("helped")}


def test_another_rate_is_lower_or_higher_than_the_first():
    before = "SGD with learning rate 0.5."
    assert said("With 0.01 it falls smoothly.", before) == {"helped_by_lower_rate"}
    assert said("With 0.9 it works.", before) == {"helped_by_higher_rate"}
    assert not said("With 0.01 it falls smoothly.")


def test_another_depth_counts_where_it_is_smaller():
    before = "A plain network of 30 layers does not learn."
    assert said("With 8 layers it reaches 85 %.", before) == {"helped_by_fewer_layers"}
    assert not said("With 50 layers it reaches 85 %.", before)


def test_every_change_mends_some_cause_and_every_cause_names_a_known_change():
    named = {change for rule in all_rules() for change in rule.helped_by}
    assert named == set(CHANGES) - AGAINST_ANYTHING
