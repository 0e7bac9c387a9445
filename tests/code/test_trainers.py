"""Trainers of libraries are read for what they are told: network, rate, epochs, what is frozen."""

from pathlib import Path

import pytest

from fitdoctor.code import read_script
from fitdoctor.records.finding import Finding
from fitdoctor.records.run import Run
from fitdoctor.rules import all_rules

LOOPS = Path(__file__).parents[1] / "loops"
HUGGING_FACE = (LOOPS / "hugging_face.txt").read_text()
FROZEN = (LOOPS / "hugging_face_frozen.txt").read_text()
FASTAI = """from fastai.vision.all import *
dls = ImageDataLoaders.from_folder("leaves", valid_pct=0.2, item_tfms=Resize(224))
learn = vision_learner(dls, resnet34, metrics=error_rate)
learn.fine_tune(5)
"""
STAGES = """from fastai.vision.all import *
dls = ImageDataLoaders.from_folder("leaves", valid_pct=0.2, item_tfms=Resize(224), bs=32)
learn = cnn_learner(dls, models.densenet121, metrics=[accuracy])
learn.fit_one_cycle(4, 3e-3)
learn.unfreeze()
learn.fit_one_cycle(6, lr_max=slice(1e-6, 1e-4))
"""
TOO_HIGH = {"backbone_unfrozen_at_high_rate", "learning_rate_too_high"}


def recipe_of(text):
    return read_script(text).recipe


def warned_in(text):
    script = read_script(text)
    run = Run(script=script, recipe=script.recipe)
    found = [o for rule in all_rules() if isinstance(o := rule.examine(run), Finding)]
    return {
        o.rule for o in found
        if o.kind == "cause" and o.severity != "note"
        and any(e.severity != "note" for e in o.evidence)
    }  # fmt: skip


def test_settings_of_hugging_face():
    recipe = recipe_of(HUGGING_FACE)
    assert (recipe.optimizer.name, recipe.optimizer.learning_rate) == ("AdamW", 5e-5)
    assert (recipe.epochs, recipe.batch_size) == (3, 64)
    assert recipe.backbone.name == "google/vit-base-patch16-224-in21k"
    assert recipe.backbone.trainable is True


def test_defaults_of_hugging_face():
    recipe = recipe_of(FROZEN.replace("learning_rate=1e-3, num_train_epochs=10, ", ""))
    assert (recipe.optimizer.learning_rate, recipe.epochs, recipe.batch_size) == (5e-5, 3, 32)
    sgd = recipe_of(FROZEN.replace("learning_rate=1e-3", 'optim="sgd"'))
    assert sgd.optimizer.name == "SGD"
    assert recipe_of(FROZEN.replace("num_train_epochs=10", "max_steps=500")).epochs is None


@pytest.mark.parametrize(
    "way",
    [
        "for p in model.resnet.parameters():\n    p.requires_grad = False",
        "model.resnet.requires_grad_(False)",
        "for name, p in model.base_model.named_parameters():\n    p.requires_grad = False",
    ],
)
def test_a_frozen_body_of_hugging_face(way):
    given = "for p in model.resnet.parameters():\n    p.requires_grad = False"
    recipe = recipe_of(FROZEN.replace(given, way))
    assert recipe.backbone.trainable is False
    assert recipe.layers[-1].units == 4


def test_what_is_frozen_by_a_test_of_names_is_not_told():
    given = "for p in model.resnet.parameters():\n    p.requires_grad = False"
    by_name = (
        "for n, p in model.named_parameters():\n"
        "    if not n.startswith('classifier'):\n        p.requires_grad = False"
    )
    assert recipe_of(FROZEN.replace(given, by_name)).backbone.trainable is not True


def test_a_learner_of_fastai_fine_tunes():
    recipe = recipe_of(FASTAI)
    assert (recipe.backbone.name, recipe.backbone.trainable) == ("resnet34", False)
    assert (recipe.optimizer.name, recipe.optimizer.learning_rate) == ("Adam", 2e-3)
    assert recipe.epochs == 6  # one of them frozen
    assert recipe.fine_tuning.learning_rate == pytest.approx(1e-4)
    assert recipe_of(FASTAI.replace("(5)", "(5, base_lr=1e-2)")).optimizer.learning_rate == 1e-2


def test_stages_of_fastai():
    recipe = recipe_of(STAGES)
    assert recipe.backbone.name == "densenet121"
    assert (recipe.epochs, recipe.optimizer.learning_rate) == (10, 1e-4)
    assert recipe.fine_tuning.learning_rate == pytest.approx(1e-5)
    first = recipe_of("\n".join(STAGES.splitlines()[:4]))
    assert (first.backbone.trainable, first.fine_tuning) == (False, None)
    one_rate = recipe_of(STAGES.replace("slice(1e-6, 1e-4)", "1e-4"))
    assert (one_rate.backbone.trainable, one_rate.fine_tuning) == (True, None)


def test_the_peak_of_one_cycle_may_be_high():
    fresh = STAGES.replace("metrics=", "pretrained=False, metrics=").splitlines()[:4]
    assert warned_in("\n".join(fresh).replace("3e-3", "0.1")) == set()
    assert warned_in("\n".join(fresh).replace("3e-3", "10.0")) == {"learning_rate_too_high"}
    plain = "\n".join(fresh).replace("fit_one_cycle(4, 3e-3)", "fit(4, 0.5)")
    assert warned_in(plain) == {"learning_rate_too_high"}


@pytest.mark.parametrize("text", [HUGGING_FACE, FROZEN, FASTAI, STAGES])
def test_ordinary_scripts_are_not_accused(text):
    assert warned_in(text) == set()


@pytest.mark.parametrize(
    ("text", "old", "new", "causes"),
    [
        (HUGGING_FACE, "5e-5", "5e-2", TOO_HIGH),
        (HUGGING_FACE, "5e-5", "5e-9", {"learning_rate_too_low"}),
        (HUGGING_FACE, "axis=1", "axis=0", {"accuracy_miscounted"}),
        (HUGGING_FACE, "eval_dataset=val_ds", "eval_dataset=train_ds",
         {"leaked_validation_images"}),
        (HUGGING_FACE, "CenterCrop(size), ToTensor(), normalize", "CenterCrop(size), ToTensor()",
         {"pipelines_differ"}),
        (FROZEN, "model.resnet.parameters", "model.parameters", {"nothing_is_trainable"}),
        (FROZEN, "(preds == p.label_ids)", "(p.predictions.argmax(0) == p.label_ids)",
         {"accuracy_miscounted"}),
        (FASTAI, "(5)", "(5, 1.0)", TOO_HIGH),
        (STAGES, "slice(1e-6, 1e-4)", "3e-2", {"backbone_unfrozen_at_high_rate"}),
    ],
)  # fmt: skip
def test_one_fault_in_them_is_named(text, old, new, causes):
    assert old in text
    assert warned_in(text.replace(old, new)) == causes


OLD = """from fastai.vision import *
data = ImageDataBunch.from_folder("leaves", ds_tfms=get_transforms(), size=224)
learn = create_cnn(data, models.resnet34, metrics=error_rate)
learn.fit_one_cycle(4)
"""


@pytest.mark.parametrize(
    ("old", "new", "causes"),
    [
        ("", "", {"wrong_backbone_preprocessing"}),
        ("size=224)", "size=224).normalize(imagenet_stats)", set()),
        ("learn = ", "data.normalize(imagenet_stats)\nlearn = ", set()),
        ("metrics=", "pretrained=False, metrics=", set()),
        ("ImageDataBunch.from_folder", "bunch_of", set()),
    ],
)
def test_fastai_1_normalises_where_it_is_told_to(old, new, causes):
    assert warned_in(OLD.replace(old, new)) == causes
