"""What a person writes behind a line that prints."""

import pytest

from fitdoctor import doctor
from fitdoctor.sources import pasted
from fitdoctor.sources._printouts import printouts, range_of_images


def found(text):
    (run,) = pasted(text)
    return {c.rule for c in doctor.examine(run).causes if c.probability >= 0.5}


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("print(a.shape, b)  # 3 4", [("a.shape", "3"), ("b", "4")]),
        ("print('keys', len(k))   # 17", [("len(k)", "17")]),
        ("x.max()  # 255.0", [("x.max()", "255.0")]),
        ("print(a, b)  # the two parts", []),
        ("x = load(p)  # 400 images", []),
        ("for a in b:  # 12", []),
    ],
)
def test_expressions_are_bound_to_what_they_print(line, read):
    assert [(one.expression, one.output) for one in printouts([line])] == read


@pytest.mark.parametrize(
    ("lines", "ends"),
    [
        (["print(img.min(), img.max())  # 0 4095"], (0, 4095)),
        (["print(np.min(band))  # -12.5", "print(np.max(band))  # 16000.0"], (-12.5, 16000)),
        (["print(labels.min(), labels.max())  # 0 2000"], None),
        (["print(a.min(), b.max())  # 0 4000"], None),
    ],
)
def test_the_range_of_images(lines, ends):
    assert range_of_images(printouts(lines)) == ends


RAW = """My network for satellite tiles of 7 classes starts at a loss of 900 and hardly learns.

print(tile.min(), tile.max())  # {ends}
opt = torch.optim.Adam(net.parameters())

epoch 1 loss {first} acc 0.15
epoch 2 loss 41.2 acc 0.20
epoch 3 loss 9.9 acc 0.22
epoch 4 loss 5.1 acc 0.24
"""


@pytest.mark.parametrize(
    ("ends", "first", "wrong"), [("12 14003", "911.2", True), ("-1.8 2.2", "911.2", False)]
)
def test_printed_values_that_no_network_takes_as_they_are(ends, first, wrong):
    assert ("inputs_not_scaled" in found(RAW.format(ends=ends, first=first))) is wrong


LOADED = """The restored network answers at chance, the same code gave 90 % before.

net = make(5)
found = net.load_state_dict(torch.load('a.pt'), strict=False)
print(len(found.missing_keys), len(found.unexpected_keys))  # {counts}
"""


@pytest.mark.parametrize(("counts", "wrong"), [("122 122", True), ("0 0", False), ("2 0", False)])
def test_keys_that_were_not_loaded(counts, wrong):
    assert ("checkpoint_not_loaded" in found(LOADED.format(counts=counts))) is wrong


def test_keys_that_a_library_prints():
    text = """My classifier had a validation accuracy of 91 %, and reloaded it is at chance.

<_IncompatibleKeys(missing_keys=['stem.weight'], unexpected_keys=['module.stem.weight'])>
"""
    assert "checkpoint_not_loaded" in found(text)
    assert "checkpoint_not_loaded" not in found(text.replace("'module.stem.weight'", ""))
