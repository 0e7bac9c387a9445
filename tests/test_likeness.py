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
    return list(fitting.of_causes())


@pytest.mark.slow
def test_what_comes_with_the_package_was_fitted_on_these_questions(texts: list[fitting.Text]):
    words = fitting.vocabulary(texts).words
    for of, given in (("causes", texts), ("situations", list(fitting.of_situations()))):
        model = fitted(of)
        assert model.words == words
        assert model.columns == tuple(sorted({name for text in given for name in text.right}))


def right_out_of_fold(texts: list[fitting.Text], folds: list[list[int]]) -> float:
    """Return the share of the texts of some folds that a model names right without them."""
    left_out = [at for fold in folds for at in fold]
    away = {texts[at].set for at in left_out}
    model = fitting.fit([text for text in texts if text.set not in away])
    best = [model.columns[int(np.argmax(model.scores(texts[at].words)))] for at in left_out]
    return float(np.mean([b in texts[at].right for b, at in zip(best, left_out, strict=True)]))


@pytest.mark.slow
def test_sets_that_were_not_fitted_are_named_right_more_often_than_not(texts: list[fitting.Text]):
    assert right_out_of_fold(texts, list(fitting.folds(texts))[::4]) > 0.45


@pytest.mark.slow
def test_situations_of_other_places_are_told_right_in_half():
    """Of ten; these are real questions, retold, of places that the model has not seen."""
    texts = list(fitting.of_situations())
    assert right_out_of_fold(texts, list(fitting.folds(texts))[:3]) > 0.45


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
