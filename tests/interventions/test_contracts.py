"""What every intervention promises, on generated recipes; and that the promises can be broken.

An intervention changes the fields that it names and no other, does what it says or returns the
recipe as it was, and is done once: a second time changes nothing, but for factors.
"""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from fitdoctor.interventions import all_interventions
from fitdoctor.records.network import output_index
from fitdoctor.records.recipe import (
    Augmentation,
    Backbone,
    Layer,
    Optimizer,
    Recipe,
    Schedule,
)
from fitdoctor.records.text import from_json, to_json

KINDS = ("Dense", "Dropout", "Flatten", "GlobalAveragePooling2D", "Conv2D", "MaxPooling2D",
         "BatchNormalization", "Activation")  # fmt: skip


@st.composite
def recipes(draw):
    def one_of(*values):
        return draw(st.sampled_from(values))

    layers = []
    for number in range(draw(st.integers(0, 6))):
        kind = one_of(*KINDS)
        layers.append(
            Layer(
                kind=kind,
                name=f"layer_{number}",
                units=one_of(1, 2, 4, 16, 300) if kind in {"Dense", "Conv2D"} else None,
                rate=one_of(0.1, 0.2, 0.5, 0.9) if kind == "Dropout" else None,
                activation=one_of("relu", None) if kind == "Dense" else None,
            )
        )
    schedule = one_of(
        None,
        Schedule(kind="cosine", total=9.0),
        Schedule(kind="triangular", low=1e-4, high=1e-2, every=5.0),
        Schedule(kind="table", rates=(0.1, 0.01)),
    )
    optimizer = Optimizer(
        name=one_of("Adam", "SGD"), learning_rate=one_of(None, 1e-3, 0.5),
        decay=one_of(None, 0.01) if schedule is None else None, schedule=schedule,
    )  # fmt: skip
    backbone = Backbone(
        name="MobileNetV2", trainable=one_of(None, False, True), batchnorm=one_of(None, "batch")
    )
    return Recipe(
        images="photos",
        layers=tuple(layers),
        backbone=one_of(None, backbone),
        optimizer=one_of(None, optimizer),
        n_classes=one_of(None, 2, 7),
        epochs=one_of(None, 1, 12),
        patience=one_of(None, 0, 3),
        input_scale=one_of(None, 1.0),
        class_weight=one_of(None, "balanced"),
        augmentation=one_of(None, Augmentation(flip="horizontal", views=2)),
        seed=one_of(None, 4),
    )


def has_output(recipe):
    return output_index(recipe.layers) is not None


def width(recipe):
    return recipe.layers[output_index(recipe.layers)].units


def dropouts(recipe):
    return [layer for layer in recipe.layers if layer.kind == "Dropout"]


def others(recipe, kind="Dropout"):
    return [layer for layer in recipe.layers if layer.kind != kind]


def bottlenecks(recipe):
    output = output_index(recipe.layers)
    return [x for x in recipe.layers[:output] if x.kind == "Dense" and x.units <= width(recipe)]


def rates(recipe):
    schedule = recipe.optimizer.schedule or Schedule(kind="cosine")
    named = (recipe.optimizer.learning_rate, schedule.low, schedule.high, *schedule.rates)
    return [rate for rate in named if rate is not None]


def scaled(factor):
    def does(recipe, edited):
        return rates(edited) == pytest.approx(
            [rate * factor for rate in rates(recipe)]
        ) and replace(edited.optimizer, learning_rate=None, schedule=None) == replace(
            recipe.optimizer, learning_rate=None, schedule=None
        )

    return does


def widened(recipe, edited):
    at = [i for i, layer in enumerate(recipe.layers) if layer in bottlenecks(recipe)]
    return all(
        after == before if i not in at else
        after == replace(before, units=after.units) and after.units >= 4 * width(recipe)
        for i, (before, after) in enumerate(zip(recipe.layers, edited.layers, strict=True))
    )  # fmt: skip


def convolved(recipe, edited):
    output = output_index(recipe.layers)
    kinds = [layer.kind for layer in edited.layers]
    return kinds.count("Conv2D") == 2 and edited.layers[5:] == recipe.layers[output:]


def bare(recipe, edited):
    kept = edited.layers[: output_index(edited.layers)]
    return (
        len(kept) <= 1
        and all(layer in recipe.layers and "Dense" not in layer.kind for layer in kept)
        and edited.layers[len(kept) :] == recipe.layers[output_index(recipe.layers) :]
    )


def matched(recipe, edited):
    at = output_index(recipe.layers)
    wanted = replace(recipe.layers[at], units=recipe.n_classes)
    return edited.layers == (*recipe.layers[:at], wanted, *recipe.layers[at + 1 :])


def lowered(recipe, edited):
    return all(
        after == (replace(before, rate=0.2) if before in dropouts(recipe) and before.rate > 0.2
                  else before)
        for before, after in zip(recipe.layers, edited.layers, strict=True)
    )  # fmt: skip


def dropped(recipe, edited):
    at = output_index(recipe.layers)
    added = edited.layers[at]
    rest = (*edited.layers[:at], *edited.layers[at + 1 :])
    return (added.kind, added.rate) == ("Dropout", 0.3) and rest == recipe.layers


def thawed(recipe, edited):
    return (
        edited.backbone == replace(recipe.backbone, trainable=True, batchnorm=None)
        and edited.optimizer.learning_rate == 1e-4
        and edited.optimizer.schedule is None
        and edited.optimizer.name == (recipe.optimizer.name if recipe.optimizer else "Adam")
        and (edited.augmentation is None or edited.augmentation.flip == recipe.augmentation.flip)
    )


def has_rate(recipe):
    return recipe.optimizer is not None and recipe.optimizer.learning_rate is not None


CONTRACTS = {
    # name: (fields that it names, where there is something to do, what then is true, done once)
    "add_dropout": (
        {"layers"},
        lambda r: has_output(r)
        and r.layers[max(0, output_index(r.layers) - 1)].kind != "Dropout",
        dropped, True,
    ),
    "balance_classes": (
        {"class_weight"}, lambda r: r.class_weight != "balanced",
        lambda _, e: e.class_weight == "balanced", True,
    ),
    "drop_hidden_layers": (
        {"layers"},
        lambda r: r.backbone is not None and has_output(r)
        and [x.kind for x in r.layers[:output_index(r.layers)]]
        not in ([], ["Flatten"], ["GlobalAveragePooling2D"]),
        bare, True,
    ),
    "lower_dropout": ({"layers"}, lambda r: any(x.rate > 0.2 for x in dropouts(r)), lowered, True),
    "lower_learning_rate": ({"optimizer"}, has_rate, scaled(0.1), False),
    "match_output_to_classes": (
        {"layers"},
        lambda r: has_output(r) and r.n_classes is not None and width(r) != r.n_classes,
        matched, True,
    ),
    "raise_learning_rate": ({"optimizer"}, has_rate, scaled(30.0), False),
    "remove_decay": (
        {"optimizer"},
        lambda r: r.optimizer is not None and bool(r.optimizer.decay or r.optimizer.schedule),
        lambda r, e: e.optimizer == replace(r.optimizer, decay=None, schedule=None), True,
    ),
    "remove_dropout": (
        {"layers"}, lambda r: bool(dropouts(r)), lambda r, e: list(e.layers) == others(r), True,
    ),
    "scale_inputs": (
        {"input_scale"}, lambda r: r.backbone is None, lambda _, e: e.input_scale == 1 / 255, True,
    ),
    "stop_early": (
        {"patience"}, lambda r: r.patience != 5, lambda _, e: e.patience == 5, True,
    ),
    "train_longer": (
        {"epochs", "patience"}, lambda _: True,
        lambda r, e: e.epochs == 3 * (r.epochs or 10) and e.patience == (r.patience or 5), False,
    ),
    "unfreeze_backbone": (
        {"backbone", "optimizer", "augmentation"},
        lambda r: r.backbone is not None and not r.backbone.trainable, thawed, True,
    ),
    "use_convolutions": (
        {"layers"},
        lambda r: r.backbone is None and has_output(r)
        and not any(x.kind in {"Conv2D", "MaxPooling2D"} for x in r.layers),
        convolved, True,
    ),
    "widen_bottleneck": (
        {"layers"}, lambda r: has_output(r) and bool(bottlenecks(r)), widened, True,
    ),
}  # fmt: skip


def breach(name, intervene, recipe):
    """Return what an intervention breaks of its contract on this recipe, or None."""
    fields, applies, does, once = CONTRACTS[name]
    before = to_json(recipe)
    edited = intervene(recipe)
    changed = {k for k, v in asdict(recipe).items() if v != getattr(edited, k)}
    names = [layer.name for layer in edited.layers]
    if to_json(recipe) != before or from_json(to_json(edited), Recipe) != edited:
        return "the recipe given is changed, or the one returned is none"
    if not changed <= fields:
        return f"changes {changed - fields}"
    if len(set(names)) != len(names):
        return f"two layers of one name: {names}"
    if not applies(recipe):
        return f"changes {changed} where there is nothing to do" if changed else None
    if not changed:
        return "does nothing where it should"
    if not does(recipe, edited):
        return "does not do what it says"
    if once and intervene(edited) != edited:
        return "is not done after one time"
    return None


def test_every_intervention_has_a_contract():
    assert set(CONTRACTS) == set(all_interventions())


@pytest.mark.parametrize("name", CONTRACTS)
@settings(
    max_examples=settings.default.max_examples * 5 // 2,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(recipe=recipes())
def test_an_intervention_keeps_its_contract(name, recipe):
    assert breach(name, all_interventions()[name], recipe) is None


SAMPLE = Recipe(
    images="photos",
    layers=(
        Layer(kind="Flatten", name="f"),
        Layer(kind="Dense", name="a", units=2, activation="relu"),
        Layer(kind="Dropout", name="b", rate=0.8),
        Layer(kind="Dense", name="h", units=16, activation="relu"),
        Layer(kind="Dense", name="c", units=5),
    ),
    n_classes=3,
    optimizer=Optimizer(name="Adam", learning_rate=1e-3, decay=0.1),
)
ON_BACKBONE = replace(SAMPLE, backbone=Backbone(name="MobileNetV2"))
MUTANTS = {
    "identity": lambda _real: lambda recipe: recipe,
    "more": lambda real: lambda recipe: replace(real(recipe), seed=77),
    "empty": lambda _real: lambda recipe: replace(recipe, layers=(), optimizer=None, backbone=None),
}


@pytest.mark.parametrize("mutant", MUTANTS)
@pytest.mark.parametrize("name", CONTRACTS)
def test_an_intervention_that_does_something_else_breaks_its_contract(name, mutant):
    real = all_interventions()[name]
    assert [breach(name, real, sample) for sample in (SAMPLE, ON_BACKBONE)] == [None, None]
    broken = MUTANTS[mutant](real)
    assert any(breach(name, broken, sample) for sample in (SAMPLE, ON_BACKBONE))


@pytest.mark.parametrize("name", CONTRACTS)
@settings(
    max_examples=settings.default.max_examples * 2 // 3,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(recipe=recipes(), part=st.sampled_from(("half", "other")))
def test_an_intervention_that_does_half_breaks_its_contract(name, recipe, part):
    """Whatever of an edit is left out is missed, wherever there is something to do."""
    real = all_interventions()[name]
    _, applies, _, _ = CONTRACTS[name]
    if applies(recipe):
        assert breach(name, lambda given: given, recipe)
        assert breach(name, lambda given: replace(real(given), images=part), recipe)
