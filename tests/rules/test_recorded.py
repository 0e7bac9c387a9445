"""Rules on numbers that were recorded while a script ran: they decide, for and against."""

import pytest
from msgspec.structs import replace

from fitdoctor import facts
from fitdoctor.records.image_finding import ImageFinding
from fitdoctor.records.recipe import Backbone, Layer, Optimizer, Recipe
from fitdoctor.records.run import Call, DataSummary, Fact, Feed, Flow, Operation, Run, Script, curve
from fitdoctor.records.written import Numbers
from fitdoctor.rules import all_rules

RULES = {rule.name: rule for rule in all_rules()}
PICTURES = Numbers(
    rows=400, columns=192, low=0.0, high=1.0, whole=False, seen=400, shape=(8, 8, 3), mean=0.4
)
CLASSES = Numbers(
    rows=400, columns=1, low=0, high=3, whole=True, seen=400, distinct=4,
    values=(0.0, 1.0, 2.0, 3.0), counts=(100, 100, 100, 100), mixing=1.0,
)  # fmt: skip
NETWORK = (
    Layer(kind="Conv2D", units=8, kernel_size=3, activation="relu"),
    Layer(kind="Flatten"),
    Layer(kind="Dense", units=4, activation="softmax"),
)
TAIL = (Operation("split_tail", 0.2),)


def recorded(train=PICTURES, labels=CLASSES, *others, loss="sparse_categorical_crossentropy",
             layers=NETWORK, backbone=None, curves=None, **known):  # fmt: skip
    """Return a recorded run; `others` are feeds beside what was trained on."""
    recipe = Recipe(
        layers=layers, loss=loss, backbone=backbone, keras="3.15.1", batch_size=32, epochs=5,
        optimizer=Optimizer(name="Adam", learning_rate=1e-3),
    )  # fmt: skip
    fit = {"epochs": Fact("5", 5, 3), "validation_data": Fact("held", None, 3)}
    script = Script(
        path="t.py", recipe=recipe, framework="keras", fit=fit,
        compile={"metrics": Fact("['accuracy']", ["accuracy"], 2)},
        feeds=(feed("train", train, labels), *others),
    )  # fmt: skip
    return Run(
        kind="observed", recipe=recipe, script=script, curves=curves or {},
        data=DataSummary(n_train=train.rows, input_range=(train.low, train.high)), **known,
    )  # fmt: skip


def feed(use, inputs=PICTURES, labels=CLASSES, operations=()):
    flows = [Flow(operations=operations, shown=False, numbers=n) for n in (inputs, labels)]
    return Feed(use=use, inputs=flows[0], labels=flows[1], line=3)


def changed(numbers, **changes):
    return replace(numbers, **changes)


RAW = changed(PICTURES, high=255.0)
FROM_ONE = changed(CLASSES, low=1, high=4, values=(1.0, 2.0, 3.0, 4.0))
ONE_HOT = changed(CLASSES, columns=4, high=1, one_hot=True)
ONE = changed(CLASSES, low=2, high=2, distinct=1, values=(2.0,), counts=(400,), mixing=None)
BLOCKS = changed(CLASSES, mixing=0.02, in_order=True)
LAST = changed(CLASSES, rows=100, low=3, values=(3.0,), counts=(100,), distinct=1, mixing=None)
FIRST = changed(CLASSES, high=2, values=(0.0, 1.0, 2.0), counts=(100,) * 3, in_order=True)
FEW = changed(
    CLASSES, rows=6, seen=6, low=2, high=7, distinct=3, values=(2.0, 5.0, 7.0), counts=(3, 2, 1)
)
NINE = Layer(kind="Dense", units=9, activation="softmax")
ALONE = changed(ONE, rows=1, seen=1, counts=(1,))
UPWARDS = changed(
    CLASSES, rows=6, seen=6, low=1, high=6, distinct=6, values=tuple(map(float, range(1, 7))),
    counts=(1,) * 6, in_order=True,
)  # fmt: skip
BEHIND = changed(UPWARDS, rows=2, low=7, high=8, distinct=2, values=(7.0, 8.0), counts=(1, 1))
PERFECT = {"loss": curve([0.1, 0.05, 0.02]), "accuracy": curve([1.0, 1.0, 1.0])}
MOBILE = Backbone(name="MobileNetV2", weights="imagenet")
EFFICIENT = Backbone(name="EfficientNetB0", weights="imagenet")
HEAD = (Layer(kind="GlobalAveragePooling2D"), NETWORK[-1])
BACKWARDS = changed(PICTURES, low=-1.0)


def _thawed_later():
    """Return a run whose text thaws a part of the network, which the recording knows whole."""
    run = recorded()
    thaws = Call(name="set_trainable", arguments={"value": Fact("True", True, 9)}, line=9)
    high = replace(run.recipe, optimizer=Optimizer(name="Adam", learning_rate=0.02))
    script = replace(run.script, calls=(thaws,), recipe=high)
    return replace(run, script=script, recipe=high)


def _drawn(labels="np.random.randint(0, 4, 400)"):
    """Return a run whose text shows where inputs and labels come from."""
    run = recorded()
    (fed,) = run.script.feeds
    flows = replace(fed.inputs, origin="np.load('a.npy')"), replace(fed.labels, origin=labels)
    shown = replace(fed, inputs=flows[0], labels=flows[1])
    return replace(run, script=replace(run.script, feeds=(shown,)))


def of_few(**settings):
    """Return a run that was given six images of three classes."""
    run = recorded(changed(PICTURES, rows=6), FEW, **settings)
    return replace(run, data=replace(run.data, n_classes=3))


SICK = {
    "raw images": ("inputs_not_scaled", recorded(RAW)),
    "labels from one": ("labels_out_of_range", recorded(PICTURES, FROM_ONE)),
    "one-hot, sparse loss": ("label_encoding_mismatch", recorded(PICTURES, ONE_HOT)),
    "numbers, dense loss": (
        "label_encoding_mismatch", recorded(loss="categorical_crossentropy")),
    "few numbers of many classes, dense loss": (
        "label_encoding_mismatch",
        recorded(PICTURES, FEW, loss="categorical_crossentropy", layers=(*NETWORK[:-1], NINE))),
    "one class": ("single_class_reaches_model", recorded(PICTURES, ONE)),
    "blocks in a stream": (
        "training_not_shuffled", recorded(PICTURES, changed(BLOCKS, passed=True))),
    "the last class held out": (
        "validation_split_is_ordered",
        recorded(PICTURES, FIRST, feed("validation", labels=LAST, operations=TAIL))),
    "black images": ("inputs_constant", recorded(changed(PICTURES, high=0.0))),
    "raw validation": ("pipelines_differ", recorded(PICTURES, CLASSES, feed("validation", RAW))),
    "raw to predict": (
        "predict_pipeline_differs", recorded(PICTURES, CLASSES, feed("predict", RAW))),
    "-1..1 to predict": (
        "predict_pipeline_differs", recorded(PICTURES, CLASSES, feed("predict", BACKWARDS))),
    "raw to a MobileNetV2": (
        "wrong_backbone_preprocessing", recorded(RAW, backbone=MOBILE, layers=HEAD)),
    "0..1 to an EfficientNet": (
        "wrong_backbone_preprocessing", recorded(backbone=EFFICIENT, layers=HEAD)),
    "pictures in both": (
        "leaked_validation_images",
        recorded(
            image_findings=(ImageFinding(
                rule="leaked_validation_images",
                files=("validation image 3", "training image 5"), sentence="the same picture"),),
            images_checked=("leaked_validation_images",))),
}  # fmt: skip
HEALTHY = {
    "labels that the text reads": ("labels_carry_no_signal", _drawn("np.load('b.npy')")),
    "few labels for nine units": (
        "output_units_differ_from_classes", of_few(layers=(*NETWORK[:-1], NINE))),
    "one label": ("single_class_reaches_model", recorded(PICTURES, ALONE)),
    "numbers, none there twice": (
        "validation_split_is_ordered",
        recorded(PICTURES, UPWARDS, feed("validation", labels=BEHIND, operations=TAIL))),
    "scaled": ("inputs_not_scaled", recorded()),
    "raw, scaled inside": (
        "inputs_not_scaled",
        recorded(RAW, layers=(Layer(kind="Rescaling", rate=1 / 255), *NETWORK))),
    "numbers, sparse loss": ("label_encoding_mismatch", recorded()),
    "in range": ("labels_out_of_range", recorded()),
    "perfect at once, four classes": ("single_class_reaches_model", recorded(curves=PERFECT)),
    "blocks in an array, which fit shuffles": (
        "training_not_shuffled", recorded(PICTURES, BLOCKS)),
    "a stream well mixed": (
        "training_not_shuffled", recorded(PICTURES, changed(CLASSES, passed=True))),
    "the end, with all classes": (
        "validation_split_is_ordered",
        recorded(PICTURES, CLASSES, feed("validation", operations=TAIL))),
    "alike": ("pipelines_differ", recorded(PICTURES, CLASSES, feed("validation"))),
    "one dark image to predict": (
        "predict_pipeline_differs",
        recorded(PICTURES, CLASSES, feed("predict", changed(PICTURES, high=0.3, seen=1)))),
    "a part of its own, thawed later": ("backbone_unfrozen_at_high_rate", _thawed_later()),
    "0..255 to an EfficientNet": (
        "wrong_backbone_preprocessing", recorded(RAW, backbone=EFFICIENT, layers=HEAD)),
    "-1..1 to a MobileNetV2": (
        "wrong_backbone_preprocessing", recorded(BACKWARDS, backbone=MOBILE, layers=HEAD)),
}  # fmt: skip


def test_labels_that_the_text_draws_are_told_beside_their_numbers():
    assert RULES["labels_carry_no_signal"].examine(_drawn()).evidence


@pytest.mark.parametrize(("rule", "run"), SICK.values(), ids=SICK)
def test_what_was_recorded_names_the_cause(rule, run):
    outcome = RULES[rule].examine(run)
    assert outcome.rule == rule
    evidence = getattr(outcome, "evidence", ())
    assert evidence, outcome
    assert sum(item.weight for item in evidence) >= 5
    assert outcome.severity in {"warning", "error"}


@pytest.mark.parametrize(("rule", "run"), HEALTHY.values(), ids=HEALTHY)
def test_what_was_recorded_clears_it(rule, run):
    outcome = RULES[rule].examine(run)
    assert not getattr(outcome, "evidence", ()), outcome


def test_no_other_rule_speaks_on_a_plain_recorded_training():
    """A recording alone holds no calls: none must be missed."""
    run = recorded(PICTURES, CLASSES, feed("validation"))
    loud = [r.name for r in all_rules() if getattr(r.examine(run), "severity", "note") != "note"]
    assert loud == []


SEEN = {
    "pixel_range": "0_to_1",
    "label_form": "number_and_sparse_loss",
    "data_sorted_by_class": "no",
    "classes_mixed_in_a_batch": "yes",
    "same_preparation": "yes",
    "library_version": "no",
    "batch_size": "16_or_more",
    "training_images": "below_500",
    "learning_rate": "1e-4_to_2e-3",
    "metric": "yes",
    "output_activation": "softmax",
    "backbone_input_as_documented": "not_pretrained",
    "pretrained_part_frozen": "not_pretrained",
    "optimizer_has_every_layer": "yes",
}


@pytest.mark.parametrize("name", SEEN)
def test_what_was_seen_is_not_asked(name):
    run = recorded(PICTURES, CLASSES, feed("validation"))
    assert facts.fact(name).seen(run) == SEEN[name]
    assert not facts.fact(name).is_open(run)


def test_only_keras_2_keeps_batchnorm_at_rest_by_an_argument_of_the_call():
    """In Keras 3 `fit` goes before `base(x, training=False)`."""
    base = replace(MOBILE, trainable=True, training=False)
    falling = [2.0 * 0.8**n for n in range(20)]
    leaping = [30.0 if n in {7, 11, 16} else v + 0.1 for n, v in enumerate(falling)]
    run = recorded(
        backbone=base, layers=HEAD, curves={"loss": curve(falling), "val_loss": curve(leaping)}
    )
    found = {
        version: RULES["batchnorm_inference_gap"].examine(
            replace(run, recipe=replace(run.recipe, keras=version))
        )
        for version in ("3.15.1", "2.12.0")
    }
    assert getattr(found["3.15.1"], "evidence", ())
    assert not getattr(found["2.12.0"], "evidence", ())


@pytest.mark.parametrize("ends", ["sigmoid", "tanh", "relu"])
@pytest.mark.parametrize("apart", [False, True])
def test_an_output_of_one_unit_becomes_one_of_classes(ends, apart):
    """Units alone would leave an activation that does not suit the loss."""
    one = Layer(kind="Dense", units=1, activation=None if apart else ends)
    behind = (Layer(kind="Activation", activation=ends),) if apart else ()
    run = recorded(layers=(*NETWORK[:-1], one, *behind))
    run = replace(run, data=replace(run.data, n_classes=4))
    rule = RULES["output_units_differ_from_classes"]
    (change,) = rule.mend(run, rule.examine(run).evidence[0])
    output = [x for x in change.recipe.layers if x.kind == "Dense"][-1]
    assert output.units == 4
    assert change.recipe.layers[-1].activation == "softmax"
