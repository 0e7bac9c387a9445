import ast

import numpy as np
import pytest

from fitdoctor.code import read_script
from fitdoctor.code.arrays import Arrays, numbers_of
from fitdoctor.records.run import Feed
from fitdoctor.records.written import Numbers


def _numbers(text: str) -> Numbers | None:
    arrays = Arrays()
    *before, last = ast.parse(text).body
    for statement in before:
        if isinstance(statement, ast.FunctionDef):
            arrays.functions[statement.name] = statement
        else:
            assert isinstance(statement, ast.Assign)
            arrays.bind(statement.targets[0], statement.value)
    assert isinstance(last, ast.Expr)
    return numbers_of(arrays.of(last.value))


FUNCTION = "def f(i):\n    if i % 2:\n        return 3\n    return i // 10\n"


@pytest.mark.parametrize(
    ("text", "rows", "columns", "low", "high"),
    [
        ("np.arange(1, 10001)", 10000, 1, 1, 10000),
        ("np.arange(-100, 101).reshape(-1, 1) ** 2", 201, 1, 0, 10000),
        ("np.random.randint(low=0, high=255, size=(9, 9))", 9, 9, 0, 254),
        ("np.array(range(500)) / 500", 500, 1, 0, 0.998),
        ("np.array([[1, -7], [2, 3]])", 2, 2, -7, 3),
        ("np.linspace(-np.pi, np.pi, 21)", 21, 1, -np.pi, np.pi),
        ("x = np.linspace(0, 10, 1001)\nnp.sin(x)[:, None]", 1001, 1, -1, 1),
        ("x = [[i, i + 1] for i in range(50)]\nnp.array(x, dtype=float)", 50, 2, 0, 50),
        ("np.array([[[i] for i in range(100)]])", 1, 100, 0, 99),
        (f"{FUNCTION}np.array([f(i) for i in range(100)])", 100, 1, 0, 9),
        ("np.array(list(map(lambda v: v * 2, [1, 2, 3])))", 3, 1, 2, 6),
        ("x, y = make_regression(n_samples=80, n_features=3)\nx", 80, 3, None, None),
        ("iris = load_iris()\niris.data[:, :2]", 150, 2, 0.1, None),
        ("(x, y), (a, b) = boston_housing.load_data()\nx", 404, 13, 0, 711),
        ("x = np.ones((10, 4))\na, b = train_test_split(x, test_size=0.3)\na", 7, 4, 1, 1),
        ("x = np.ones((20000, 2))\nnp.arange(len(x))", 20000, 1, 0, 19999),
        ("y = np.array([0, 1, 1, 0])\nmask = y == 1\nnp.array([5, 6, 7, 8])[mask]", 2, 1, 6, 7),
        ("y = np.array([0, 1, 1, 0])\nnp.eye(2)[y]", 4, 2, 0, 1),
        ("np.where(unknown > 3, 1, -1)", None, 1, -1, 1),
        ("x = np.zeros((4, 28, 28))\nx.reshape(4, -1).astype('float32') + 1", 4, 784, 1, 1),
    ],
)  # fmt: skip
def test_an_array_that_a_script_makes_is_known(
    text: str, rows: int | None, columns: int, low: float | None, high: float | None
):
    found = _numbers(text)
    assert found is not None
    assert (found.rows, found.columns) == (rows, columns)
    for end, wanted in ((found.low, low), (found.high, high)):
        assert wanted is None or end == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize(
    "text",
    [
        "np.random.randint(n, size=5)", "read_csv('a.csv')", "np.array([[0, 1], [2]])",
        "np.array([a, b])", "np.array([])", "np.array([{[]: 1}])", "np.array(['a', 'b'])",
        "np.ones((10 ** 9, 10))", "np.arange(10 ** 15)", "np.repeat([1], 10 ** 9)",
        "[1] * 10 ** 10", "[[0] * 900000] * 1000", "range(10 ** 12)", "np.array(range(10 ** 9))",
        "np.ones((10 ** 6, 1)) + np.ones((1, 10 ** 6))", "np.tile([1], (10 ** 3, 10 ** 3, 9))",
        "np.ones((10 ** 6, 1)) @ np.ones((1, 10 ** 6))", "[np.ones(10 ** 6) for i in range(999)]",
 "open('secret')", "__import__('os').getcwd()", "np.array([1]).sort()",
        "x = [1, 2]\nx.__class__", "np.array([float('nan')])", "9 ** 9 ** 9",
        "def f(n):\n    return f(n + 1)\nnp.array([f(0)])",
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_not_guessed(text: str):
    assert _numbers(text) is None


def test_work_is_bounded(cost):
    nested = (
        "np.array([[[i * j * k for i in range(3000)] for j in range(3000)] for k in range(99)])"
    )
    loop = "def f():\n    n = 0\n    for i in range(5000):\n        for j in range(5000):\n"
    counted = f"{loop}            n = n + 1\n    return n\nnp.array([f()])"
    assert cost(lambda: _numbers(nested), enough=15) < 15
    assert cost(lambda: _numbers(counted), enough=15) < 15
    assert _numbers(nested) is _numbers(counted) is None


def test_classes_and_their_order_are_counted():
    blocks = _numbers("np.array([0] * 500 + [1] * 400)")
    assert blocks is not None
    assert (blocks.classes, blocks.in_order, blocks.drawn) == (2, True, False)
    mixed = _numbers("y = np.repeat([0, 1, 2], 30)\ny[np.random.permutation(len(y))]")
    assert mixed is not None
    assert (mixed.classes, mixed.in_order) == (3, False)
    one_hot = _numbers("to_categorical(load_iris().target)")
    assert one_hot is not None
    assert (one_hot.classes, one_hot.one_hot, one_hot.in_order) == (3, True, True)
    measured = _numbers("5 * np.linspace(1, 2, 100)")
    assert measured is not None
    assert (measured.classes, measured.measured(units=3)) == (0, True)


def test_what_is_shuffled_holds_the_same_numbers_in_another_order():
    feed = _fed("x = np.repeat([0.0, 1.0], 50)\nnp.random.shuffle(x)\nmodel.fit(x, x)")
    assert feed.labels.numbers is not None
    assert (feed.labels.numbers.rows, feed.labels.numbers.classes) == (100, 2)
    assert not feed.labels.numbers.in_order
    assert not feed.labels.table


def _fed(text: str) -> Feed:
    model = "model = Sequential([Dense(3)])\nmodel.compile('adam', 'mse')\n"
    script = read_script(f"{model}{text}")
    assert script is not None
    return script.fed("train")[0]


def test_a_fit_is_given_what_its_names_hold_by_then():
    numbers = _fed("x = np.arange(10.0)\nx = x / 10\nx += 1\nmodel.fit(x, x * 2)")
    assert numbers.inputs.numbers is not None
    assert numbers.labels.numbers is not None
    assert (numbers.inputs.numbers.high, numbers.labels.numbers.high) == (1.9, 3.8)
    inside = _fed("def main():\n    x = np.arange(5)\n    model.fit(x, x)\nmain()")
    assert inside.inputs.numbers is not None


@pytest.mark.parametrize(
    "change",
    [
        "x[0] = 99", "x.sort()", "for f in files:\n    x = x + f",
        "if test:\n    x = other", "x = prepare(x)", "while True:\n    x = x * 2\n    break",
    ],
)  # fmt: skip
def test_what_changes_an_array_where_it_cannot_be_told_ends_what_is_known(change: str):
    assert _fed(f"x = np.arange(10.0)\n{change}\nmodel.fit(x, y)").inputs.numbers is None


def test_one_unit_has_no_room_for_many_whole_numbers():
    sums = _numbers("x = np.random.randint(0, 50, (5000, 2))\nx[:, 0] + x[:, 1]")
    assert sums is not None
    assert sums.measured(units=1)
    assert not sums.measured(units=99)


def test_rows_with_several_ones_are_no_one_hot():
    several = _numbers("np.array([[0, 1, 1], [1, 0, 0]])")
    assert several is not None
    assert (several.many_hot, several.one_hot, several.classes) == (True, False, 0)


def test_classes_of_unlike_size_are_counted():
    found = _numbers("x, y = make_classification(n_samples=1000, weights=[0.9])\ny")
    assert found is not None
    assert found.counts == (900, 100)


@pytest.mark.parametrize(("made", "high"), [("MinMaxScaler", 1.0), ("StandardScaler", 1.46)])
def test_a_scaler_is_known_by_its_class_not_its_name(made: str, high: float):
    text = f"scaler = {made}()\nx = scaler.fit_transform(np.arange(6.0).reshape(-1, 1))\n"
    held = _fed(f"{text}model.fit(x, y)").inputs.numbers
    assert held is not None
    assert held.high == pytest.approx(high, abs=0.01)


def test_a_scaler_that_is_not_shown_is_not_guessed():
    assert _fed("x = scaler.fit_transform(np.ones((4, 2)))\nmodel.fit(x, y)").inputs.numbers is None


@pytest.mark.parametrize(
    ("inputs", "labels", "apart"),
    [
        ("np.random.rand(90, 2)", "np.random.randint(0, 2, 90)", True),
        ("np.random.rand(90, 2)", "(x[:, 0] > 0.5).astype(int)", False),
        ("np.random.rand(90, 2)", "np.random.binomial(1, x[:, 0])", False),
        ("np.random.rand(90, 2)", "np.array([int(r.sum() > 1) for r in x])", False),
        ("np.random.rand(90, 2)", "np.array([int(r) for r in np.random.rand(90) + 0.5])", True),
        ("np.random.rand(90, 2)", "np.repeat([0, 1], 45)", False),
        ("load_iris().data", "np.random.randint(0, 3, 150)", True),
        ("np.eye(2)[c] + np.random.rand(90, 2)", "c", False),
        ("np.stack([np.ones(3) * k for k in c])", "c", False),
        ("np.array(list(map(lambda k: [k, k], c)))", "c", False),
        ("np.eye(9)[[randint(0, 8) for i in range(5)]]", "x[:, 0]", False),
        ("np.random.rand(90, 2)", "np.where(unknown, 1, 0)", False),
    ],
)
def test_labels_that_are_drawn_apart_from_the_inputs_are_told(
    inputs: str, labels: str, apart: bool
):  # fmt: skip
    feed = _fed(f"c = np.random.randint(0, 2, 90)\nx = {inputs}\ny = {labels}\nmodel.fit(x, y)")
    assert feed.inputs.numbers is not None
    assert feed.labels.numbers is not None
    assert feed.labels.numbers.apart_from(feed.inputs.numbers) == apart


def test_a_call_is_followed_once():
    text = "model = Sequential([Dense(3)])\nmodel.compile('adam', 'mse')\nx = np.load('x.npy')\n"
    script = read_script(f"{text}loss = model.fit(x, y, epochs=3).history['loss']")
    assert script is not None
    assert len(script.called("fit")) == len(script.fed("train")) == 1


def test_time_does_not_double_with_each_power(cost):
    power = "a"
    for _ in range(30):
        power = f"({power})**2"
    text = f"x = {power}\nmodel = Sequential([Dense(3)])"
    assert read_script(text) is not None
    assert cost(lambda: read_script(text), enough=10) < 10
