"""Settings without a script are judged as those of one, and figures leave no room for guesses."""

import pytest
from msgspec.structs import replace

from fitdoctor import doctor
from fitdoctor.records.finding import Finding
from fitdoctor.records.recipe import Augmentation, Backbone, Optimizer, Recipe
from fitdoctor.records.run import DataSummary, Run
from fitdoctor.rules import all_rules
from fitdoctor.sources import pasted

RULES = {rule.name: rule for rule in all_rules()}


def found(rule, text):
    return isinstance(RULES[rule].examine(pasted(text)[0]), Finding)


COMMANDS = (
    "python train_imagenet.py --network {} --kv-store device --mom 0.9 --lr {} --optimizer sgd",
    "python main.py -a {} --print-freq 20 --world-size 1 --momentum 0.9 --lr {} --optimizer sgd",
    "Namespace(network='{}', kv_store='device', mom=0.9, lr={}, optimizer='sgd', num_epochs=30)",
)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("network", "rate", "high"),
    [("vgg16", 0.2, True), ("alexnet", 0.1, True), ("alexnet", 0.01, False),
     ("resnet50", 0.1, False), ("vgg16_bn", 0.1, False)],
)  # fmt: skip
def test_networks_without_batchnorm_bear_lower_rates(command, network, rate, high):
    assert found("learning_rate_too_high", command.format(network, rate)) == high


def test_pretrained_networks_are_none_of_these():
    recipe = Recipe(optimizer=Optimizer(name="SGD", learning_rate=0.1, momentum=0.9))
    for weights, high in (("none", True), ("imagenet", False), (None, False)):
        known = replace(recipe, backbone=Backbone(name="VGG16", weights=weights))
        outcome = RULES["learning_rate_too_high"].examine(Run(recipe=known))
        assert isinstance(outcome, Finding) == high


def test_a_low_rate_is_a_hint_where_the_loss_is_said_not_to_fall():
    solver = 'type: "Adam"\nbase_lr: {}\nlr_policy: "fixed"\nmax_iter: 9000\n'
    for rate, hint in (("0.000005", True), ("0.00005", False)):
        text = f"The loss does not go down at all.\n\n{solver.format(rate)}"
        assert found("learning_rate_too_low", text) == hint


@pytest.mark.parametrize(
    ("cause", "recipe"),
    [
        ("learning_rate_too_high", Optimizer(name="Adam", learning_rate=1e-6)),
        ("learning_rate_too_low", Optimizer(name="Adam", learning_rate=0.01)),
        ("learning_rate_too_low", Optimizer(name="SGD", learning_rate=0.01, momentum=0.9)),
    ],
)
def test_a_visible_rate_leaves_no_room_for_a_guess(cause, recipe):
    rule = RULES[cause]
    assert rule.excluded is not None
    assert rule.excluded(Run(recipe=Recipe(optimizer=recipe)))
    assert not rule.excluded(Run(recipe=Recipe(optimizer=Optimizer(name="Adam"))))
    assert not rule.excluded(Run())


def test_an_accuracy_of_averaged_weights_is_no_start():
    text = (
        "After two epochs the validation accuracy of the EMA weights is 0, without them 31 %.\n\n"
        "python train.py --model resnet50 --opt sgd --lr .2 --warmup-lr 1e-5 --model-ema"
    )
    named = {cause.rule for cause in doctor.examine(pasted(text)[0]).causes}
    assert not named & {"poor_initialisation", "learning_rate_too_low"}


@pytest.mark.parametrize(
    ("settings", "advice"),
    [
        ({}, "More images, augmentation, or a frozen backbone with one layer on top."),
        ({"backbone": Backbone(name="VGG16", trainable=False)}, "More images or augmentation."),
        ({"backbone": Backbone(name="VGG16", trainable=True), "augmentation": Augmentation()},
         "More images or a frozen backbone with one layer on top."),
        ({"backbone": Backbone(name="VGG16", trainable=False), "augmentation": Augmentation()},
         "More images."),
    ],
)  # fmt: skip
def test_what_a_training_has_already_is_not_advised(settings, advice):
    run = Run(recipe=Recipe(**settings), data=DataSummary(n_train=90, n_classes=3))
    assert RULES["small_training_set"].examine(run).advice == advice
