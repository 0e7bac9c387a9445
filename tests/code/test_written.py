import pytest

from fitdoctor.code import read_script
from fitdoctor.records.run import Flow, Operation
from fitdoctor.records.written import reach, rows


@pytest.mark.parametrize(
    ("origin", "far"),
    [
        ("np.arange(1, 10001)", 10001.0),
        ("np.random.uniform(-40, 10, (5000, 2))", 40.0),
        ("np.random.randint(low=0, high=255, size=(9, 9))", 255.0),
        ("np.array(range(500))", 500.0),
        ("np.array([[1, -7], [2, 3]])", 7.0),
        ("np.random.randint(n, size=5)", None),
        ("np.linspace(-np.pi, np.pi, 20)", None),
        ("read_csv('a.csv')", None),
        ("np.random.rand(9, 9)", None),
    ],
)
def test_numbers_that_a_script_counts_out_have_an_end(origin: str, far: float | None):
    assert reach(Flow(origin)) == far


def test_what_is_scaled_or_not_followed_has_none():
    for step in (Operation("scale", 0.01), Operation("call", "prepare")):
        assert reach(Flow("np.arange(1, 10001)", (step,))) is None


def test_rows_are_read_where_they_are_written_out_whole():
    assert rows(Flow("np.array([[0, 1], [2, 3]])")) == [[0, 1], [2, 3]]
    assert rows(Flow("[1, 0, 2]")) == [[1], [0], [2]]
    none = (
        "np.array([[0, 1], [2]])", "np.array([a, b])", "np.array([[0, 1], [2, 3", "", "[[]]",
        "np.array([{[]: 1}])", f"np.array([{10**200}, 1])", "(" * 300, "np.array([\0])",
    )  # fmt: skip
    for text in none:
        assert rows(Flow(text)) is None
    assert rows(Flow("np.array([1, 2])", (Operation("one_hot"),))) is None


def _epochs(text: str) -> int | None:
    script = read_script(text)
    assert script is not None
    return script.recipe.epochs


HEAD = "model = Sequential([Dense(3)])\nmodel.compile('adam', 'mse')\n"


def test_epochs_of_a_fit_that_is_called_again_and_again_are_not_all():
    assert _epochs(f"{HEAD}model.fit(x, y, epochs=1)") == 1
    assert _epochs(f"{HEAD}for i in range(99):\n    model.fit(x, y, epochs=1)") is None
    folds = "".join(f"    {line}\n" for line in HEAD.splitlines())
    assert _epochs(f"for a, b in kfold.split(x):\n{folds}    model.fit(x[a], y[a], epochs=2)") == 2
    agent = (
        "class Agent:\n    def __init__(self):\n        self.model = Sequential([Dense(3)])\n"
        "        self.model.compile('adam', 'mse')\n"
        "    def learn(self, x, y):\n        self.model.fit(x, y, epochs=1)\n"
    )
    once, often = "agent.learn(x, y)", "while True:\n    agent.learn(x, y)"
    assert _epochs(f"{agent}agent = Agent()\n{once}") == 1
    assert _epochs(f"{agent}agent = Agent()\n{often}") is None


def test_a_result_that_is_given_to_no_name_is_kept():
    script = read_script(f"x = np.load('x.npy')\nx / 255\n{HEAD}model.fit(x, y, epochs=1)")
    assert script is not None
    (fact,) = script.never_read
    assert (fact.value, fact.source, fact.line) == ("", "x / 255", 2)
