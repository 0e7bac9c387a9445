"""Arguments in any order: options may stand between and before what a command works on."""

import pytest

from fitdoctor.cli.parser import parse
from fitdoctor.errors import FitdoctorError


@pytest.mark.parametrize(
    ("line", "name", "expected"),
    [
        ("diagnose a.log --verbose b.py", "sources", ["a.log", "b.py"]),
        ("diagnose --ask 0 a.log --answer metric=yes b.py c.txt", "sources",
         ["a.log", "b.py", "c.txt"]),
        ("check one.py --fail-on error two.py", "paths", ["one.py", "two.py"]),
        ("recipe rate --output-format json loss", "words", ["rate", "loss"]),
        ("diagnose a.log -- -b.log", "sources", ["a.log", "-b.log"]),
        ("diagnose --verbose -", "sources", ["-"]),
    ],
)  # fmt: skip
def test_options_stand_anywhere(line, name, expected):
    assert parse(line.split())[name] == expected


@pytest.mark.parametrize(
    "line", ["prove train.py", "prove --epochs 3 train.py", "fix a.py --verify --seeds 3",
             "audit photos --deep --alpha 0.5", "prove runs/a --seeds 3"],
)  # fmt: skip
def test_what_an_option_is_for_may_be_given_with_it(line):
    assert parse(line.split())


def test_a_second_positional_may_follow_an_option():
    given = parse(["evaluate", "runs/a", "-q", "photos/test"])
    assert (str(given["run"]), str(given["images"]), given["quiet"]) == (
        "runs/a", "photos/test", True,
    )  # fmt: skip
    given = parse(["predict", "run", "-o", "x.csv", "a", "b"])
    assert [str(path) for path in given["images"]] == ["a", "b"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("evaluate runs/a -q photos/test more", "unrecognized arguments: more"),
        ("diagnose a.log --verbosse b.py", "--verbose"),
        ("diagnose --ask 0", "SOURCE"),
        ("predict run -q", "images"),
        ("prove runs/a --epochs 3", "--epochs: is for a script only"),
        ("prove recipe.toml --cause overfitting -o out", "--output: is for a script only"),
        ("fix train.py --seeds 3", "--seeds: is for --verify only"),
        ("audit photos --alpha 0.5", "--alpha: is for --deep only"),
    ],
)
def test_what_is_missing_or_too_much_is_still_refused(line, said):
    with pytest.raises(FitdoctorError, match=said):
        parse(line.split())
