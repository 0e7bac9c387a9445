from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from benchmarks import likeness as fitting
from fitdoctor import doctor, sources
from fitdoctor.likeness import fitted, likeness

ASKED = (
    "In model.eval() my pictures are classified wrongly, in train mode they are right. There is a "
    "batch norm layer after each convolution and only two images fit in a batch."
)


@pytest.fixture(scope="module")
def texts() -> list[fitting.Text]:
    return list(fitting.texts())


@pytest.mark.slow
def test_what_comes_with_the_package_was_fitted_on_these_questions(texts: list[fitting.Text]):
    model = fitted()
    seen = Counter(word for text in texts for word in text.words)
    assert set(model.words) == {w for w, n in seen.items() if n >= fitting.LEAST_TEXTS}
    assert model.causes == tuple(sorted({cause for text in texts for cause in text.causes}))


@pytest.mark.slow
def test_sets_that_were_not_fitted_are_named_right_more_often_than_not(texts: list[fitting.Text]):
    left_out = [at for fold in list(fitting.folds(texts))[::2] for at in fold]
    away = set(left_out)
    model = fitting.fit([text for at, text in enumerate(texts) if at not in away])
    right = 0
    for at in left_out:
        best = int(np.argmax(model.scores(texts[at].words)))
        right += model.causes[best] in texts[at].causes
    assert right > 0.45 * len(left_out)


def test_probabilities_sum_to_one_and_come_in_order():
    found = likeness(ASKED)
    assert sum(one.probability for one in found) == pytest.approx(1.0)
    assert [one.probability for one in found] == sorted(
        (p.probability for p in found), reverse=True
    )
    assert found[0].cause == "batchnorm_inference_gap"


def test_few_words_and_foreign_words_say_nothing_sure():
    assert likeness("why does it not learn?") == ()
    unknown = likeness("zzyx qwrt plgh vbnm kjhg fdsw ertz uiop asdf yxcv")
    assert unknown[0].probability < 0.5
    assert likeness("图" * 30)


def test_words_alone_are_a_hint_and_make_nobody_sick(tmp_path: Path):
    page = tmp_path / "question.txt"
    page.write_text(
        "Two pictures at a time is all that my card can hold, and there is batch norm in the "
        "network. At inference the very pictures of the training come out as anything."
    )
    diagnosis = doctor.diagnose(page)
    hints = [c for c in diagnosis.causes if c.evidence[0].likely is not None]
    assert hints
    assert diagnosis.verdict == "cannot_tell"
    assert all(cause.severity == "note" for cause in hints)
    without = doctor.examine(replace(sources.read(page)[-1], prose=""))
    assert not without.causes
