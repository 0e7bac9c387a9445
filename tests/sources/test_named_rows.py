"""Rows of bare numbers are named by what the script beside them prints."""

import pytest

from fitdoctor.sources import pasted

LOOP = """
for epoch in range(9):
    for x, y in train_loader:
        l = criterion(net(x), y)
        l.backward()
    right = 0
    for x, y in val_loader:
        right += (net(x).argmax(1) == y).sum().item()
    vl = F.cross_entropy(net(x), y)
    {}
"""
ROWS = "0 0.91 0.52\n1 0.71 0.61\n2 0.55 0.68\n3 0.43 0.71\n"


def curves(statement, rows=ROWS):
    (run,) = pasted(f"Is this fine?\n{LOOP.format(statement)}\n{rows}")
    return {name: [float(v) for v in curve.values] for name, curve in run.curves.items()}


@pytest.mark.parametrize(
    ("statement", "second"),
    [
        ("print(epoch, l.item(), right / len(val_set))", "val_accuracy"),
        ("print(epoch, train_loss, val_acc)", "val_accuracy"),
        ("print(epoch, total_loss / n, correct / n)", "accuracy"),
        ("print(f'{epoch} {l.item():.2f} {right / len(test_set):.2f}')", "val_accuracy"),
    ],
)
def test_figures_have_the_names_of_what_is_printed(statement, second):
    read = curves(statement)
    assert read["loss"] == [0.91, 0.71, 0.55, 0.43]
    assert read[second] == [0.52, 0.61, 0.68, 0.71]


@pytest.mark.parametrize(
    "statement",
    [
        "print(epoch, a, b)",  # nothing says what they are
        "print(epoch, loss, loss)",  # both would be one
        "print(loss, val_acc)",  # no epoch
        "print(epoch, loss)",  # another number of figures
        "print(epoch, 'loss', loss.item())",  # it prints words, which stand nowhere
    ],
)
def test_what_is_not_told_is_not_named(statement):
    assert "val_accuracy" not in curves(statement)


def test_rows_without_a_script_keep_their_form():
    (run,) = pasted(
        "My loop prints epoch, loss and accuracy of validation, is it overfitting?\n" + ROWS
    )
    assert "val_accuracy" not in run.curves
