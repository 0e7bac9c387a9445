"""What bare numbers in sentences are, and what they are not."""

import pytest

from fitdoctor import doctor
from fitdoctor.records.run import Run, curve
from fitdoctor.situations import refuted_by_figures
from fitdoctor.sources import pasted


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("20k photos, train accuracy 97, validation 88 and on the phone 55. Why?", (None, None)),
        ("800 pictures: training acc is 100 and test 71, overfitting?", (None, None)),
        ("Train: 900 Val: 250 images, my validation accuracy is 0.5", (900, 250)),
        ("Val = 60, Train = 700 images. The accuracy jumps", (700, 60)),
        ("I have 70 validation images and an accuracy of 0.8", (None, 70)),
        ("2000 training and 500 validation photos, the loss rises", (2000, 500)),
    ],
)
def test_a_percentage_is_no_number_of_images(text, counts):
    data = pasted(text)[0].data
    assert (data.n_train, data.n_val) == counts if data else counts == (None, None)


@pytest.mark.parametrize(
    "sentence",
    [
        "训练集的损失下降,但从第 5 个 epoch 开始验证集的损失上升,验证准确率在 0.83 左右。",
        "学習は順調で第 12 epoch から検証の損失が上がり始めましたが検証の精度は 0.91 のままです。",
    ],
)
def test_a_sentence_without_blanks_is_no_row(sentence):
    assert not pasted(f"{sentence}\nIs this overfitting of my network?")[0].curves


def test_rows_in_chinese_are_still_read():
    row = "第 {0} 轮 训练损失 {1:.3f} 验证损失 {1:.3f} 验证准确率 0.{0}5"
    rows = "\n".join(row.format(e, 1 / e) for e in range(1, 7))
    assert len(pasted(rows)[0].curves["val_loss"]) == 6


@pytest.mark.parametrize(("level", "refuted"), [(0.94, True), (0.6, False)])
def test_high_validation_leaves_no_room_for_training_far_above(level, refuted):
    run = Run(curves={"loss": curve([1.0, 0.6, 0.4, 0.3, 0.2]), "val_accuracy": curve([level] * 5)})
    assert ("training_good_validation_bad" in refuted_by_figures(run, 5)) is refuted


def test_what_speaks_against_a_guess_is_not_its_reason():
    text = (
        "Should I train longer? 6000 pictures of 4 kinds, validation is a bit lower than training."
    )
    shown = doctor.diagnose(pasted(text)[0])
    for cause in shown.causes:
        reasons = [e for e in cause.evidence if e.weight >= 0]
        assert reasons, cause.rule
