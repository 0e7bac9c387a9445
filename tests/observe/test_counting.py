"""What a recorded run decides by counting or by one evaluation, and where it decides nothing."""

import numpy as np
import pytest

from fitdoctor.observe import arrays, counting, swapping
from fitdoctor.records.experiment import Counted
from fitdoctor.records.finding import Cause, Diagnosis, Evidence
from fitdoctor.records.image_finding import ImageFinding
from fitdoctor.records.observation import Observation, Swapped
from fitdoctor.records.recipe import Layer, Optimizer, Recipe
from fitdoctor.records.run import DataSummary, Fact, Feed, Flow, Run, Script, curve

RANDOM = np.random.default_rng(0)
DENSE = Layer(kind="Dense", units=4, activation="softmax", parameters=40)
SPARSE, CATEGORICAL = "sparse_categorical_crossentropy", "categorical_crossentropy"


def numbers(values):
    return arrays.numbers_of_labels(np.asarray(values))


def look(
    cause, *layers, labels=None, held=None, inputs=None, loss=SPARSE, rate=0.1, curves=None,
    swapped=None, findings=(), by="SGD", steps=None, **fitted,
):  # fmt: skip
    """Return what is counted of a run with these layers, labels and arguments of fit."""
    flow = Flow(operations=(), shown=False)
    feeds = [
        Feed(
            use=use,
            inputs=Flow(operations=(), shown=False, numbers=x),
            labels=Flow(operations=(), shown=False, numbers=y),
        )
        for use, x, y in (("train", inputs, labels), ("validation", None, held))
        if x is not None or y is not None
    ]
    assert flow.numbers is None
    recipe = Recipe(
        layers=layers or (DENSE,), loss=loss, optimizer=Optimizer(name=by, learning_rate=rate)
    )
    run = Run(
        recipe=recipe,
        curves={name: curve(values) for name, values in (curves or {}).items()},
        data=DataSummary(n_val=400, steps_per_epoch=steps),
        image_findings=findings,
    )
    fit = {name: Fact(repr(value), value, 1) for name, value in fitted.items()}
    script = Script(path="t.py", recipe=recipe, feeds=tuple(feeds), fit=fit)
    return counting.counted(cause, run, Observation(script=script, swapped=swapped))


FOUR = numbers(RANDOM.integers(0, 4, 200))
SIX = numbers(RANDOM.integers(0, 6, 200))
TWO = numbers(RANDOM.integers(0, 2, 200))
SIGNED = numbers(RANDOM.choice([-1, 1], 200))
FROM_ONE = numbers(RANDOM.integers(1, 5, 200))
HOT = numbers(np.eye(4)[RANDOM.integers(0, 4, 200)])
PRICES = numbers(RANDOM.normal(5.0, 3.0, 200))
DEBTS = numbers(RANDOM.normal(-5.0, 3.0, 200))
SHARES = numbers(RANDOM.uniform(0.1, 0.9, 200))
HALF = numbers(RANDOM.normal(0.5, 3.0, 200))
SOFT = numbers(RANDOM.choice([-0.05, 1.05], 200))
BLOCKS = numbers(np.repeat([0, 1, 2, 3], 50))
FROZEN = Layer(kind="Dense", units=4, trainable=False, parameters=40)
FREE = Layer(kind="Dense", units=4, parameters=40)
ONE = {a: Layer(kind="Dense", units=1, activation=a, parameters=9) for a in ("sigmoid", "softmax")}
SQUASHED = (ONE["sigmoid"],)
RELU = Layer(kind="Dense", units=1, activation="relu", parameters=9)
LINEAR = Layer(kind="Dense", units=1, parameters=9)
BINARY = "binary_crossentropy"
IMAGES = arrays.described(RANDOM.uniform(0, 1, (50, 8, 8)))
BYTES = arrays.described(RANDOM.uniform(0, 255, (50, 8, 8)))
COPY = ImageFinding(rule="leaked_validation_images", files=("a", "b"), sentence="the same")


@pytest.mark.parametrize(
    ("cause", "present", "given"),
    [
        ("nothing_is_trainable", True, {"layers": (FROZEN, FROZEN)}),
        ("nothing_is_trainable", None, {"layers": (FROZEN, FREE)}),
        ("nothing_is_trainable", None, {"layers": (Layer(kind="Flatten"),)}),
        ("learning_rate_negative", True, {"rate": -0.1}),
        ("learning_rate_negative", False, {"rate": 0.1}),
        ("learning_rate_negative", None, {"rate": None}),
        ("softmax_over_one_unit", True, {"layers": (FREE, ONE["softmax"])}),
        ("softmax_over_one_unit", False, {"layers": (ONE["sigmoid"],)}),
        ("softmax_over_one_unit", False, {"layers": (DENSE,)}),
        ("output_range_below_target", True, {"layers": SQUASHED, "labels": PRICES, "loss": "mse"}),
        ("output_range_below_target", False, {"layers": SQUASHED, "labels": SHARES, "loss": "mse"}),
        ("output_range_below_target", None, {"layers": (RELU,), "labels": PRICES, "loss": "mse"}),
        ("output_range_below_target", True, {"layers": (RELU,), "labels": DEBTS, "loss": "mse"}),
        ("output_range_below_target", None, {"layers": (LINEAR,), "labels": PRICES, "loss": "mse"}),
        ("output_range_below_target", None, {"layers": SQUASHED, "labels": PRICES, "loss": BINARY}),
        ("output_range_below_target", None, {"layers": SQUASHED, "labels": HALF, "loss": "mse"}),
        ("output_units_differ_from_classes", True, {"labels": SIX}),
        ("output_units_differ_from_classes", False, {"labels": FOUR}),
        ("output_units_differ_from_classes", None, {"labels": TWO}),
        ("output_units_differ_from_classes", True,
         {"layers": (ONE["sigmoid"],), "labels": FOUR, "loss": BINARY}),
        ("output_units_differ_from_classes", False,
         {"layers": (ONE["sigmoid"],), "labels": TWO, "loss": BINARY}),
        ("output_units_differ_from_classes", None, {"layers": (LINEAR,), "labels": SIX,
                                                    "loss": "mean_squared_error"}),
        ("output_units_differ_from_classes", None, {"labels": PRICES}),
        ("label_encoding_mismatch", True, {"labels": FOUR, "loss": CATEGORICAL}),
        ("label_encoding_mismatch", True, {"labels": HOT}),
        ("label_encoding_mismatch", False, {"labels": HOT, "loss": CATEGORICAL}),
        ("label_encoding_mismatch", False, {"labels": FOUR}),
        ("label_encoding_mismatch", None, {"labels": FOUR, "loss": "mean_squared_error"}),
        ("labels_out_of_range", True, {"labels": FROM_ONE}),
        ("labels_out_of_range", False, {"labels": FOUR}),
        ("labels_out_of_range", True,
         {"layers": (ONE["sigmoid"],), "labels": SIGNED, "loss": BINARY}),
        ("labels_out_of_range", None, {"layers": (ONE["sigmoid"],), "labels": SOFT,
                                       "loss": BINARY}),
        ("labels_out_of_range", None, {"labels": SIGNED, "loss": SPARSE + "(ignore_class=-1)"}),
        ("single_class_reaches_model", True, {"labels": numbers([3] * 90)}),
        ("single_class_reaches_model", False, {"labels": FOUR}),
        ("class_missing_in_split", True, {"labels": FOUR, "held": SIX}),
        ("class_missing_in_split", False, {"labels": SIX, "held": FOUR}),
        ("class_missing_in_split", None, {"labels": FOUR}),
        ("leaked_validation_images", True, {"findings": (COPY,)}),
        ("leaked_validation_images", None, {}),
        ("training_not_shuffled", False, {"labels": FOUR, "shuffle": False}),
        ("training_not_shuffled", False, {"labels": BLOCKS}),
        ("training_not_shuffled", None, {"labels": BLOCKS, "shuffle": False}),
        ("inputs_not_scaled", False, {"inputs": IMAGES}),
        ("inputs_not_scaled", None, {"inputs": BYTES}),
        ("class_imbalance", False, {"labels": FOUR}),
        ("class_imbalance", None, {"labels": numbers([0] * 90 + [1] * 10)}),
        ("overfitting", False, {"curves": {"probe_accuracy": [0.5, 0.8],
                                           "val_accuracy": [0.5, 0.82]}}),
        ("overfitting", None, {"curves": {"probe_accuracy": [0.5, 0.99],
                                          "val_accuracy": [0.5, 0.7]}}),
        ("batchnorm_inference_gap", False, {"curves": {"accuracy": [0.5, 0.9],
                                                       "probe_accuracy": [0.5, 0.92]}}),
        ("batchnorm_inference_gap", None, {"curves": {"accuracy": [0.5, 0.9],
                                                      "probe_accuracy": [0.5, 0.4]}}),
        ("batchnorm_inference_gap", None, {
            "layers": (Layer(kind="SpatialDropout2D"), DENSE),
            "curves": {"accuracy": [0.5, 0.6], "probe_accuracy": [0.5, 0.7]}}),
        ("pipelines_differ", True, {"swapped": Swapped(rows=300, as_they_are=0.3,
                                                       as_training=0.9)}),
        ("pipelines_differ", None, {"swapped": Swapped(rows=300, as_they_are=0.88,
                                                       as_training=0.9)}),
        ("learning_rate_too_high", None, {}),
    ],
)  # fmt: skip
def test_counts_decide_only_what_they_show(cause, present, given):
    layers = given.pop("layers", ())
    found = look(cause, *layers, **given)
    assert (found.present if found else None) == present
    if found is not None:
        assert found.sentence.endswith(".")
        assert found.settles == (present and cause in counting.SETTLING)


def test_labels_of_the_text_alone_are_no_count():
    written = numbers([0, 1, 2, 3, 4, 5] * 20)
    told = type(written)(columns=1, low=0, high=5, whole=True, distinct=6, counts=written.counts)
    assert look("output_units_differ_from_classes", labels=written).present
    assert look("output_units_differ_from_classes", labels=told) is None


def diagnosis(*rules):
    causes = tuple(
        Cause(rule=rule, code="X", severity="error", probability=0.6,
              evidence=(Evidence(sentence="seen"),))
        for rule in rules
    )  # fmt: skip
    return Diagnosis(run=Run(), causes=causes, symptoms=(), benign=(), outcomes=())


@pytest.fixture
def proving():
    """Return the module, which loads Keras: not in every worker that collects."""
    from fitdoctor.observe import proving

    return proving


@pytest.mark.slow
@pytest.mark.quick
def test_what_is_ruled_out_is_not_trained_and_nothing_is_beside_what_settles_it(proving):
    found = diagnosis("inputs_not_scaled", "learning_rate_too_high", "softmax_over_one_unit")

    def tested(*counts):
        return [cause.rule for cause in proving.to_test(found, counts)]

    out = Counted(cause="inputs_not_scaled", present=False, by="counting", sentence="Small.")
    assert len(tested()) == 3
    assert tested(out) == ["learning_rate_too_high", "softmax_over_one_unit"]
    settled = Counted(
        cause="softmax_over_one_unit", present=True, by="counting", sentence="1.", settles=True
    )
    assert tested(out, settled) == []


def test_images_are_brought_to_where_others_lie():
    images, like = RANDOM.uniform(0, 1, (40, 5)), RANDOM.uniform(0, 255, (60, 5))
    found = swapping.brought(images, like)
    assert found.mean() == pytest.approx(like.mean(), rel=1e-3)
    assert found.std() == pytest.approx(like.std(), rel=1e-3)
    assert np.array_equal(swapping.brought(np.ones((3, 2)), like), np.ones((3, 2)))


def test_a_rate_is_too_low_by_arithmetic_where_no_weight_can_have_moved():
    flat = {"loss": [1.4, 1.4, 1.4]}
    low = look("learning_rate_too_low", rate=1e-7, by="Adam", steps=100, curves=flat)
    assert (low.present, low.settles) == (True, True)
    assert low.sentence.startswith("In 300 steps at a rate of 1e-07 Adam moves no weight by more")
    raised = {**flat, "learning_rate": [1e-7, 1e-3, 1e-7]}
    for told in (
        {"rate": 1e-5, "by": "Adam", "steps": 100, "curves": flat},
        {"rate": 1e-7, "by": "Adam", "steps": 100_000, "curves": flat},
        {"rate": 1e-7, "by": "Adam", "steps": 100, "curves": raised},
        {"rate": 1e-7, "by": "SGD", "steps": 100, "curves": flat},  # its steps are as its gradients
        {"rate": 1e-7, "by": "Adam", "curves": flat},
        {"rate": 1e-7, "by": "Adam", "steps": 100},
    ):
        assert look("learning_rate_too_low", **told) is None, told
