import json

import pytest

from fitdoctor.sources import all_formats
from fitdoctor.sources._format import Page
from fitdoctor.sources._page import read_page
from fitdoctor.sources._sheet import statements

LAYERS = (
    "Conv2D(32, 3x3, relu), MaxPool(2), Flatten, Dense(64, relu), Dropout(.5), Dense(7, sigmoid)"
)
KINDS = ["Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dropout", "Dense"]


IN_LINES = f"""Model: {LAYERS}
Loss: categorical cross-entropy
Optimizer: Adam, lr 0.01
Epochs: 5"""
AS_TABLE = f"""| architecture | {LAYERS} |
| loss | categorical_crossentropy |
| optimizer | adam |
| learning rate | 0.01 |
| epochs | 5 |"""
LISTED = """layers:
  - Conv2D 32 3x3 relu
  - MaxPool(2)
  - Flatten
  - Dense 64 relu
  - Dropout(.5)
  - Dense 7 sigmoid
loss = categorical crossentropy
optimizer = Adam(0.01)
epochs = 5"""
AS_JSON = json.dumps(
    {
        "model": ["Conv2D(32,3,relu)", "MaxPool2D(2)", "Flatten", "Dense(64,relu)", "Dropout(.5)",
                  "Dense(7,sigmoid)"],
        "loss": "categorical_crossentropy", "optimizer": "Adam", "lr": 0.01, "epochs": 5,
    }
)  # fmt: skip


@pytest.mark.parametrize("text", [IN_LINES, AS_TABLE, LISTED, AS_JSON])
def test_a_list_of_settings_is_read_like_a_script(text: str):
    recipe = read_page(Page(text.splitlines()), "page", all_formats())[0].recipe
    assert recipe is not None
    assert [layer.kind for layer in recipe.layers] == KINDS
    assert [layer.units for layer in recipe.layers] == [32, None, None, 64, None, 7]
    assert [recipe.layers[i].activation for i in (0, 3, 5)] == ["relu", "relu", "sigmoid"]
    assert recipe.layers[4].rate == 0.5
    assert recipe.loss == "categorical_crossentropy"
    assert recipe.epochs == 5
    assert recipe.optimizer is not None
    assert (recipe.optimizer.name, recipe.optimizer.learning_rate) == ("Adam", 0.01)


@pytest.mark.parametrize(
    "text",
    [
        "Epoch: 3\nloss: 0.431\naccuracy: 0.88\nbatch: 32 of 400",
        "Model: I use a CNN\nOptimizer: whatever works",
        "The loss: it rises\nThe optimizer is what I doubt",
        "loss: categorical_crossentropy",
        '{"loss": 0.3, "model": "mine", "optimizer": null}',
        "{" * 3000,
    ],
)
def test_figures_and_words_are_no_list_of_settings(text: str):
    assert statements(dict(enumerate(text.splitlines()))) == {}


def test_a_layer_that_is_not_known_keeps_its_place():
    made = statements({0: "model: Dense(8, relu), MyBlock, Dense(3, softmax)", 1: "loss: mse"})
    assert "MyBlock()" in made[0]
    assert made[0].index("Dense(8") < made[0].index("MyBlock") < made[0].index("Dense(3")


def test_code_beside_it_counts():
    page = ["model = Sequential([Dense(4, activation='relu'), Dense(2)])", "",
            "layers: Dense(99, relu), Dense(9, softmax)", "loss: mse"]  # fmt: skip
    recipe = read_page(Page(page), "page", all_formats())[0].recipe
    assert recipe is not None
    assert [layer.units for layer in recipe.layers] == [4, 2]


def test_classes_come_from_the_words_of_the_task():
    page = ["task: classification (4)", "model: Dense(8, relu), Dense(2, softmax)", "epochs: 3"]
    data = read_page(Page(page), "page", all_formats())[0].data
    assert data is not None
    assert data.n_classes == 4
