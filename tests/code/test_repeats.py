from fitdoctor.code import read_script


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
