import pytest

from fitdoctor.sources._chain import chain


@pytest.mark.parametrize(
    ("line", "layers"),
    [
        (
            "conv(4 filters) - pool - conv(4) - pool - dense(8) - dense(100, softmax) for CIFAR",
            [("Conv2D", 4), ("MaxPooling2D", None), ("Conv2D", 4), ("MaxPooling2D", None),
             ("Dense", 8), ("Dense", 100)],
        ),
        (
            "My net: Conv2D(32, 3x3) -> MaxPool -> Flatten -> Dropout(0.5) -> Dense(1, sigmoid)",
            [("Conv2D", 32), ("MaxPooling2D", None), ("Flatten", None), ("Dropout", None),
             ("Dense", 1)],
        ),
        ("I tried dropout, batch norm, pooling and dense layers", []),
        ("conv-" * 5000, []),
    ],
)  # fmt: skip
def test_a_network_in_one_line(line: str, layers: list[tuple[str, int | None]]):
    assert [(layer.kind, layer.units) for layer in chain([line])] == layers


def test_what_is_not_said_stays_open():
    found = chain(["conv 32 - pool - dropout(0.25) - dense(10, softmax)"])
    assert [layer.activation for layer in found] == ["unknown", None, None, "softmax"]
    assert found[2].rate == 0.25
