"""Every field of a recipe changes the training, is refused by name, or says whence it is."""

import json

import keras
import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from fitdoctor.errors import FitdoctorError, RecipeError
from fitdoctor.records.recipe import (
    Augmentation,
    Backbone,
    FineTuning,
    Layer,
    Optimizer,
    Recipe,
    Schedule,
)
from fitdoctor.records.watcher import Silent
from fitdoctor.training import honoured, recipes, schedules
from fitdoctor.training.assembly import build, image_weights, targets
from fitdoctor.training.network import apply_layers
from fitdoctor.training.order import mixup, rows_of_epoch
from fitdoctor.training.phase import _watched
from fitdoctor.training.prepare import prepare

LAYERS = (
    Layer(kind="Conv2D", name="c", units=3, kernel_size=3),
    Layer(kind="Flatten", name="f"),
    Layer(kind="Dense", name="d", units=2, activation="softmax"),
)
BACKBONE = Backbone(name="MobileNetV2", alpha=0.35, weights="none", trainable=True)
ON_BACKBONE = {"backbone": BACKBONE, "layers": recipes.HEAD, "image_size": 32}


@pytest.fixture(scope="module")
def base(draw_photos):
    photos = draw_photos(images=10, side=20, name="{}-{letter}")
    return Recipe(
        images=str(photos),
        image_size=16,
        layers=LAYERS,
        optimizer=Optimizer(name="SGD", learning_rate=0.1),
        batch_size=4,
        epochs=2,
        input_scale=1.0,
        patience=3,
    )


def seen(recipe):
    """Return all that a training is made of, as text: whatever has an effect changes it."""
    recipe = recipes.completed(recipe)
    recipes.check(recipe)
    ready = prepare(recipe, Silent())
    recipe = ready.recipe
    model = build(ready)
    blend = recipe.augmentation and recipe.augmentation.mixup
    mixed = mixup(blend, recipe.order_seed or 0, 1) if blend else None
    weights = [float(np.abs(keras.ops.convert_to_numpy(v)).sum()) for v in model.variables]
    optimizer = keras.saving.serialize_keras_object(model.optimizer)["config"]
    return json.dumps(
        {
            "inputs": [ready.inputs.shape, float(np.asarray(ready.inputs, np.float64).sum())],
            "rows": [ready.train.tolist(), ready.val.tolist(), rows_of_epoch(ready, 1).tolist()],
            "targets": [np.asarray(targets(ready), float).tolist(), str(image_weights(ready))],
            "model": [json.loads(model.to_json())["config"], weights, model.count_params()],
            "trained": [w.path for w in model.trainable_variables],
            "penalties": len(model.losses),
            "inside": [str(x.get_config()) for x in model._flatten_layers()],
            "optimizer": [optimizer, type(model.optimizer).__name__],
            "loss": getattr(model.loss, "get_config", lambda: str(model.loss))(),
            "loop": [recipe.batch_size, recipe.epochs],
            "watched": [[type(w).__name__, w.patience, w.monitor] for w in _watched(ready)],
            "mixed": None if mixed is None else mixed(np.ones((4, 2)), np.eye(4), 0)[1].tolist(),
            "second": msgspec.to_builtins(recipe.fine_tuning) if recipe.fine_tuning else None,
        },
        default=str,
        sort_keys=True,
    )  # fmt: skip


def refusal(do):
    """Return the line that refuses, or None."""
    try:
        do()
    except FitdoctorError as error:
        return str(error)
    return None


LAYER_VALUES = {
    "units": 5, "activation": "tanh", "rate": 0.3, "kernel_size": 2, "strides": 3, "pool_size": 3,
    "padding": "same", "momentum": 0.7, "axis": 1, "data_format": "channels_first",
    "epsilon": 0.1, "initializer": "zeros", "use_bias": False, "l1": 0.1, "l2": 0.2,
    "trainable": False, "input_shape": (9, 9, 9), "output_shape": (9, 9, 9), "parameters": 77,
}  # fmt: skip
NEEDED = {"units": 4, "kernel_size": 1, "rate": 0.5, "activation": "relu", "pool_size": 2}
RECORDED = {(Layer, "line"), (Layer, "name"), (Backbone, "line"), (Schedule, "line"),
            (Optimizer, "line"), (Recipe, "keras")}  # fmt: skip
"""What only says where a setting was read, or names it."""


def built(layer):
    flat = layer.kind in {"Dense", "Dropout"}
    start = keras.Input((6,) if flat else (6, 6, 4))
    model = keras.Model(start, apply_layers(start, (layer,)))
    (made,) = model.layers[1:]
    weights = [keras.ops.convert_to_numpy(w).std() > 0 for w in made.weights]
    return made.get_config(), weights, made.trainable


@pytest.mark.parametrize("kind", honoured.OPTIONS)
@pytest.mark.parametrize("field", [f for f in Layer.__struct_fields__ if f != "kind"])
def test_a_field_of_a_layer_is_built_or_refused_by_name(kind, field):
    if (Layer, field) in RECORDED:
        return
    takes = honoured.OPTIONS[kind]
    needed = {k: v for k, v in NEEDED.items() if k in takes}
    plain = Layer(kind=kind, name="x", **needed)
    changed = replace(plain, **{field: LAYER_VALUES[field]})
    refused = refusal(lambda: (honoured.check(Recipe(layers=(changed,))), built(changed)))
    if refused:
        assert field not in takes
        assert field in refused
        assert kind in refused
    else:
        assert built(changed) != built(plain), "passed over"
        assert field in {*takes, "trainable"}


SCHEDULE_VALUES = {
    "kind": "cosine", "factor": 0.3, "every": 2.0, "unit": "epochs", "staircase": True,
    "total": 4.0, "warmup": 2.0, "restarts": True, "low": 0.001, "high": 0.5,
    "rates": (0.3, 0.2), "at": (2.0,), "growth": 2.0,
}  # fmt: skip
SCHEDULES = [
    Schedule(kind="exponential", factor=0.5, every=3.0),
    Schedule(kind="inverse_time", factor=0.5, every=3.0),
    Schedule(kind="step", factor=0.5, every=3.0),
    Schedule(kind="step", factor=0.5, at=(1.0,)),
    Schedule(kind="step", rates=(0.1, 0.4), at=(1.0,)),
    Schedule(kind="cosine", factor=0.1, total=2.0),
    Schedule(kind="one_cycle", total=6.0, low=0.01),
    Schedule(kind="triangular", every=3.0, low=0.01),
    Schedule(kind="triangular2", every=3.0, low=0.01),
    Schedule(kind="exp_range", every=3.0, low=0.01, factor=0.9),
    Schedule(kind="table", rates=(0.1, 0.05)),
]  # fmt: skip


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda s: f"{s.kind}{s.at}{s.rates}")
@pytest.mark.parametrize("field", [f for f in Schedule.__struct_fields__ if f != "kind"])
def test_a_field_of_a_schedule_changes_the_rates_or_is_refused(schedule, field):
    if (Schedule, field) in RECORDED or (schedule.kind == "table" and field == "unit"):
        return
    optimizer = Optimizer(name="SGD", learning_rate=0.2)
    changed = replace(schedule, **{field: SCHEDULE_VALUES[field]})
    refused = refusal(
        lambda: honoured.check(Recipe(optimizer=replace(optimizer, schedule=changed)))
    )
    if refused:
        assert field in refused or schedule.at or field == "at"
        return
    made = [schedules.table(replace(optimizer, schedule=s), 2, 5) for s in (schedule, changed)]
    assert made[0].rates != made[1].rates


OTHERS = {
    Recipe: {
        "images": None,  # set anew below: another folder
        "image_size": {"image_size": 12}, "resize": {"resize": "pad"},
        "validation_share": {"validation_share": 0.4}, "split_seed": {"split_seed": 5},
        "group_pattern": {"group_pattern": r"-(\w)"}, "n_classes": {"n_classes": 5},
        "backbone": ON_BACKBONE | {"input_scale": None}, "model": {"model": "no.such:thing"},
        "layers": {"layers": LAYERS[1:]}, "input_scale": {"input_scale": 0.5},
        "loss": {"loss": "categorical_crossentropy"}, "optimizer": {"optimizer": None},
        "batch_size": {"batch_size": 5}, "epochs": {"epochs": 3}, "patience": {"patience": 1},
        "class_weight": {"class_weight": {"dark": 2.0, "light": 1.0}},
        "label_smoothing": {"label_smoothing": 0.1},
        "augmentation": {"augmentation": Augmentation(flip="vertical")},
        "fine_tuning": {"fine_tuning": FineTuning()}, "seed": {"seed": 4},
        "order_seed": {"order_seed": 4}, "monitor": {"monitor": "val_accuracy"},
        "augment": {"augment": "standard"}, "shuffle": {"shuffle": False},
    },
    Optimizer: {
        "name": "Adam", "learning_rate": 0.3, "momentum": 0.5, "nesterov": True, "decay": 0.1,
        "weight_decay": 0.1, "clipnorm": 1.0, "clipvalue": 1.0,
        "schedule": Schedule(kind="plateau", factor=0.5, every=2.0),
    },
    Augmentation: {
        "flip": "vertical", "crop": 0.2, "shift": 0.1, "rotation": 0.1, "zoom": 0.1,
        "brightness": 0.2, "contrast": 0.2, "noise": 0.1, "mixup": 0.3, "views": 2,
    },
    Backbone: {
        "name": "MobileNet", "alpha": 0.5, "weights": "no/such/file", "include_top": True,
        "training": True, "trainable": None, "batchnorm": "batch", "top": 3,
        "momentum": 0.5, "fed": "raw",
    },
    FineTuning: {"epochs": 3, "learning_rate": 0.5, "top": 3},
}  # fmt: skip


@pytest.mark.parametrize(
    ("struct", "field"),
    [
        (struct, field)
        for struct in OTHERS
        for field in struct.__struct_fields__
        if (struct, field) not in RECORDED
    ],
    ids=lambda x: x if isinstance(x, str) else x.__name__,
)
def test_a_field_is_honoured_or_refused_by_name(base, draw_photos, weight_file, struct, field):
    assert field in OTHERS[struct], "decide whether training takes it"
    value = OTHERS[struct][field]
    if struct is Recipe:
        first = base
        changes = {"images": str(draw_photos(dark=90, images=10))} if field == "images" else value
        second = replace(base, **changes)
    elif struct is Optimizer:
        first, second = base, replace(base, optimizer=replace(base.optimizer, **{field: value}))
    elif struct is Augmentation:
        first, second = base, replace(base, augmentation=Augmentation(**{field: value}))
    elif struct is Backbone:
        first = replace(base, **ON_BACKBONE, input_scale=None)
        second = replace(first, backbone=replace(BACKBONE, **{field: value}))
    else:
        pretrained = replace(BACKBONE, weights=weight_file, trainable=None)
        first = replace(
            base,
            **ON_BACKBONE | {"backbone": pretrained},
            input_scale=None,
            fine_tuning=FineTuning(),
        )
        second = replace(first, fine_tuning=FineTuning(**{field: value}))
    before = seen(first)
    refused = refusal(lambda: seen(second))
    if refused:
        assert field in refused or str(value) in refused
    else:
        assert seen(second) != before, "passed over"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"backbone": Backbone(name="MobileNetV2", training=True)}, "training"),
        ({"backbone": Backbone(name="MobileNetV2"), "input_scale": 0.5}, "input_scale"),
        ({"augmentation": Augmentation(mixup=0.2, views=2)}, "views"),
        (
            {"optimizer": Optimizer(decay=0.1, schedule=Schedule(kind="table", rates=(0.1,)))},
            "decay",
        ),
        ({"layers": (Layer(kind="Dense", units=3, kernel_size=2),)}, "kernel_size"),
        ({"layers": (Layer(kind="LSTM", units=3),)}, "LSTM"),
    ],
)
def test_what_would_be_passed_over_is_refused_before_an_image_is_read(changes, field):
    with pytest.raises(RecipeError, match=field):
        recipes.check(recipes.completed(Recipe(images="nowhere", **changes)))


def test_an_initializer_and_a_frozen_layer_are_what_they_say(base):
    layers = (
        Layer(kind="Flatten"),
        Layer(kind="Dense", units=4, activation="relu", initializer="ones", trainable=False),
    )
    recipe = recipes.completed(replace(base, layers=layers))
    model = build(prepare(recipe, Silent()))
    assert (model.get_layer("dense_1").get_weights()[0] == 1).all()
    assert [w.path for w in model.trainable_variables] == ["output/kernel", "output/bias"]
    frozen = replace(recipe, layers=(*layers[:1], replace(layers[1], initializer="he_normal")))
    kernel = (
        build(prepare(recipes.completed(frozen), Silent())).get_layer("dense_1").get_weights()[0]
    )
    assert kernel.std() == pytest.approx((2 / kernel.shape[0]) ** 0.5, rel=0.1)
