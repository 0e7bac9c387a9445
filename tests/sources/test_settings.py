"""Settings by the names of each program, and the names that only look like them."""

import pytest

from fitdoctor.errors import UnreadableSourceError
from fitdoctor.sources import pasted


def recipe(text):
    return pasted(text)[0].recipe


@pytest.mark.parametrize(
    ("line", "rate"),
    [
        ("python train.py --model x --opt sgd --lr 0.2 --warmup-lr 1e-7 --min-lr 1e-6", 0.2),
        ("python train.py --opt adamw --warmup-lr 1e-7 --lr=3e-4 --epochs 9", 3e-4),
        ("CUDA_VISIBLE_DEVICES=1 torchrun --nproc_per_node 2 a.py --lr 0.3 --lr-gamma 0.1", 0.3),
        ("yolo classify train data=x lr0=0.004 lrf=0.01 epochs=7", 0.004),
        ("accelerate launch run.py --learning_rate 2e-5 --per_device_train_batch_size 4", 2e-5),
    ],
)
def test_the_rate_of_a_command_is_that_of_its_program(line, rate):
    assert recipe(line).optimizer.learning_rate == rate


@pytest.mark.parametrize("option", ["--warmup-lr 1e-6", "--min-lr 1e-6", "--lr-noise 0.4"])
def test_a_rate_of_another_kind_is_none(option):
    found = recipe(f"python train.py --opt adam --epochs 5 {option}")
    assert found.optimizer.learning_rate is None
    assert found.epochs == 5


def test_what_ultralytics_chooses_itself_is_not_known():
    text = "mode: train\nepochs: 9\nbatch: 8\nimgsz: 96\noptimizer: auto\nlr0: 0.01\nmomentum: 0.9"
    found = recipe(text)
    assert (found.epochs, found.batch_size, found.image_size) == (9, 8, 96)
    assert found.optimizer is None


def test_settings_reach_the_data():
    (run,) = pasted("Namespace(batch_size=8, num_examples=640, num_classes=4, mom=0.9, lr=0.1)")
    assert (run.data.n_train, run.data.n_classes) == (640, 4)


@pytest.mark.parametrize(
    "text",
    ["Name: Anna\nmodel: a bus\nyear: 1999", "loss: 0.5\nacc: 0.7\nepochs: many",
     "parser.add_argument('--note', default='x')"],
)  # fmt: skip
def test_other_lists_are_no_settings(text):
    try:
        runs = pasted(text)
    except UnreadableSourceError:
        return
    assert runs[0].recipe is None or runs[0].recipe.optimizer is None


def test_a_dump_behind_plain_rows_of_other_names_is_read():
    rows = "\n".join(f"inflating: shells/part_{n}.png" for n in range(40))
    found = recipe(f"{rows}\nargs: Namespace(lr=0.02, batch_size=48, epochs=33)\n")
    assert (found.optimizer.learning_rate, found.batch_size, found.epochs) == (0.02, 48, 33)


def test_settings_with_names_of_several_words():
    found = recipe(
        "Training configuration:\n  Model: vgg11\n  Train batch size: 24\n  Val batch size: 90\n"
        "  Number of epochs: 7\n  Optimizer: adam\n  Learning rate: 0.002\n"
        "  Learning rate update every: 1 epoch(s)"
    )
    assert (found.batch_size, found.epochs) == (24, 7)
    assert (found.optimizer.name, found.optimizer.learning_rate) == ("Adam", 0.002)
