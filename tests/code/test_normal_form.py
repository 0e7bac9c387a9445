"""What stands for the same is written the same, on the line on which it stood."""

import ast

import pytest

from fitdoctor.code.normal_form import normal_form


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("x: Array = load()", "x = load()"),
        ("x = np.divide(images, 255.0)", "x = images / 255.0"),
        ("x = images.div(255)", "x = images / 255"),
        ("fit(**{'epochs': 3}, verbose=0)", "fit(epochs=3, verbose=0)"),
        ("p = dict(epochs=3)\nfit(x, **p)", "p = dict(epochs=3)\nfit(x, epochs=3)"),
        (
            "Conv = partial(Conv2D, padding='same')\nConv(8, strides=2)",
            "Conv = partial(Conv2D, padding='same')\nConv2D(8, strides=2, padding='same')",
        ),
        ("Sequential(OrderedDict([('a', Linear(4, 2))]))", "Sequential(Linear(4, 2))"),
        ("dropout(x, keep_prob)", "dropout(x, keep_prob)"),
        ("tf.nn.dropout(x, keep_prob)", "tf.nn.dropout(x, keep_prob=keep_prob)"),
        ("net = Net().to(device)", "net = Net()"),
        (
            "flow = made.flow_from_directory('seeds', (64, 64), 'rgb', None, 'binary', 16, False)",
            (
                "flow = made.flow_from_directory('seeds', target_size=(64, 64), color_mode='rgb', "
                "classes=None, class_mode='binary', batch_size=16, shuffle=False)"
            ),
        ),
        ("a = SVHN('d', 'test', steps)", "a = SVHN('d', split='test', transform=steps)"),
        ("b = DataLoader(a, 16, shuffle=True)", "b = DataLoader(a, batch_size=16, shuffle=True)"),
    ],
)
def test_one_way_to_write_it(given, expected):
    assert ast.unparse(normal_form(ast.parse(given))) == expected


@pytest.mark.parametrize(
    "given",
    [
        "p = {'epochs': 3}\np['epochs'] = 9\nfit(**p)",
        "p = {'epochs': 3}\np.update(epochs=9)\nfit(**p)",
        "p = {'epochs': 3}\np = load()\nfit(**p)",
        "x = x.to(torch.uint8)",
        "def DataLoader(a, b):\n    return b\nfor x in DataLoader(a, b):\n    pass",
        "b = DataLoader(*given, 16)",
        "b = DataLoader(a, 16, batch_size=16)",
        "trainer.fit(net, loader, held)",
        "y = a.divide(b)",
        "x: int",
    ],
)
def test_what_may_be_another_stays(given):
    assert ast.unparse(normal_form(ast.parse(given))) == given


def test_arguments_keep_their_lines():
    tree = normal_form(ast.parse("p = dict(\n    epochs=3)\nfit(**p)"))
    assert tree.body[1].value.keywords[0].value.lineno == 2
