"""Notebooks: the source of one cell changes, and every other byte stays."""

import json

import pytest

from fitdoctor.errors import UnreadableSourceError
from fitdoctor.mending import files
from fitdoctor.mending.notebook import Cells

CODE = [
    "%matplotlib inline\nimport numpy as np\nfrom tensorflow import keras\nfrom keras import layers\n"
    "!pip install nothing",
    "x = np.random.randn(600, 12)\ny = (x[:, 0] > 0).astype(int)",
    "# the network \u00e4\nmodel = keras.Sequential([layers.Dense(9, 'relu'), layers.Dense(1, 'softmax')])\n"
    "%time model.compile('adam', 'binary_crossentropy')\n"
    "model.compile('adam', 'binary_crossentropy')\n",
    "%%bash\nls",
    "model.fit(x, y, epochs=5)",
]


def notebook(code=CODE, *, listed=True):
    cells = [{"cell_type": "markdown", "metadata": {}, "source": ["Dense(1, 'softmax')"]}]
    for number, source in enumerate(code):
        lines = source.splitlines(keepends=True) if listed else source
        cells.append(
            {
                "cell_type": "code",
                "execution_count": number,
                "metadata": {"source": "model"},
                "outputs": [{"output_type": "stream", "text": ["Dense(1, 'softmax')\n"]}],
                "source": lines,
            }
        )
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


STYLES = {
    "jupyter": {"indent": 1, "ensure_ascii": False},
    "escaped": {"indent": 2, "ensure_ascii": True},
    "dense": {"separators": (",", ":"), "ensure_ascii": False},
}


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("style", STYLES)
def test_only_the_source_of_the_cell_changes(tmp_path, style, listed):
    before = json.dumps(notebook(listed=listed), **STYLES[style]) + "\n"
    path = tmp_path / "train.ipynb"
    path.write_text(before, encoding="utf-8")
    made = files.mend_file(path)
    assert [(m.rule, m.cell, m.line) for m in made.mends] == [("softmax_over_one_unit", 3, 2)]
    changed = [CODE[0], CODE[1], CODE[2].replace("softmax", "sigmoid"), *CODE[3:]]
    assert made.after == json.dumps(notebook(changed, listed=listed), **STYLES[style]) + "\n"
    backup = files.write(made)
    assert backup.read_text(encoding="utf-8") == before
    assert path.read_text(encoding="utf-8") == made.after
    assert files.mend_file(path).after == made.after


def test_a_line_more_stands_in_the_cell_of_its_statement(tmp_path):
    code = [
        *CODE[:2],
        "y = np.where(y == 0, -1, 1)",
        CODE[2].replace("softmax", "sigmoid"),
        "%time\nmodel.fit(x, y, epochs=5)",
    ]
    path = tmp_path / "train.ipynb"
    path.write_text(json.dumps(notebook(code), indent=1))
    made = files.mend_file(path, select=None)
    assert [m.rule for m in made.mends] == ["labels_out_of_range"]
    sources = ["".join(c["source"]) for c in json.loads(made.after)["cells"][1:]]
    assert sources[:4] == code[:4]
    assert sources[4] == "%time\ny = (y + 1) / 2\nmodel.fit(x, y, epochs=5)"


def test_cells_know_their_lines():
    cells = Cells(json.dumps(notebook()), "a.ipynb")
    lines = cells.script.split("\n")
    at = next(i for i, line in enumerate(lines, 1) if "Dense" in line)
    assert cells.place(at) == (3, 2)
    assert cells.split(cells.script) == CODE
    assert cells.split("pass") is None


@pytest.mark.parametrize(
    "text", ["", "{", '{"cells": [', "[1]", '{"cells": 3}', '{"cells": ["a"]}']
)
def test_half_a_notebook_is_one_clear_line(tmp_path, text):
    path = tmp_path / "half.ipynb"
    path.write_text(text)
    with pytest.raises(UnreadableSourceError, match=r"half\.ipynb: not a whole notebook"):
        files.mend_file(path)


def test_a_notebook_without_cells_has_nothing_to_mend(tmp_path):
    path = tmp_path / "empty.ipynb"
    path.write_text('{"cells": [], "metadata": {}}')
    assert not files.mend_file(path).changed
