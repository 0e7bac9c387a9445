"""Layouts drawn from a grammar: what is read equals what was written, or is left out."""

import json
import random

import pytest

from fitdoctor.errors import UnreadableSourceError
from fitdoctor.sources import pasted

LAYOUTS = 200
READ_WHOLE = 0.97
"""Part of the layouts from which every figure is to be read."""
HEADS = (
    "Epoch {e}", "Epoch: {e}", "Epoch [{e}/{n}]", "epoch={e}", "Ep {e}", "[Epoch {e}]", "E{e:02d}",
    "Эпоха {e}", "第{e}轮", "epoch {e:03d}/{n:03d}", "EPOCH #{e}", "Época {e}/{n}", "Epoch({e})",
    "epoch_{e}", "Epoch {e} of {n}", "Finished Epoch[{e} of {n}]", "{e}/{n} * Epoch {e}",
    "=> Epoch {e}", "epoch: [{e}/{n}]", "Epoch: [{e:3d}]",
)  # fmt: skip
NAMES = {
    "english": ("Train {m}", "Val {m}", "loss", "acc"),
    "long": ("training {m}", "validation {m}", "loss", "accuracy"),
    "identifier": ("train_{m}", "val_{m}", "loss", "acc"),
    "short": ("tr_{m}", "va_{m}", "loss", "acc"),
    "camel": ("train{M}", "val{M}", "loss", "acc"),
    "letters": ("Tr{m}", "Va{m}", "L", "A"),
    "average": ("train avg {m}", "valid avg {m}", "loss", "acc"),
    "after": ("{m} (train)", "{m} (val)", "Loss", "Acc"),
    "path": ("{m}/train", "{m}/val", "Loss", "Accuracy"),
    "hyphen": ("Train-{m}", "Validation-{m}", "loss", "accuracy"),
    "keras": ("{m}", "val_{m}", "loss", "accuracy"),
    "top": ("train {m}", "test {m}", "loss", "top1"),
    "chinese": ("训练{m}", "验证{m}", "损失", "准确率"),
    "russian": ("обучение {m}", "валидация {m}", "потери", "точность"),
    "spanish": ("train {m}", "val {m}", "pérdida", "exactitud"),
    "french": ("train {m}", "val {m}", "perte", "précision"),
}
BEFORE = ("", "", "2024-05-01 10:11:12 ", "[10:11:12] ", "INFO:root:", "INFO - ", "\x1b[32m",
          "[2024-05-01 10:11:12,345] INFO ", "2024-05-01 10:11:12,345 - __main__ - INFO - ", ">> ",
          "I0501 10:11:12.000001 99 loop.py:31] ", "[rank:3] ", "2024-05-01,10:11:12 | INFO | ",
          "[2024-05-01 10:11:12 tiny_patch4] (main.py 226): INFO ",
          "[2024/05/01 10:11:12] root INFO: ",
          " 2024-05-01 10:11:12.%f train.py:215[27649] INFO ")  # fmt: skip
BEHIND = ("", "", "", "time: 3.2s", "(12.3s)", "ETA 0:03:12", "lr: 0.001", "lr 1e-4",
          "312.5 img/s", "f1: 0.5512", "top5: 0.9921", "best acc: 0.9999", "best val loss: 0.0001",
          "[00:12<00:03]", "step 310", "grad_norm 1.25", "took 12 s",
          "grad_norm 5.6865 (9.0535)", "max mem: 3524", "iLoss: 0.0509 (0.0448)", "mem 14764MB",
          "ips: 26.10981 samples/s, eta: 5:01:10", "throughput: 206.89",
          "lr(PiecewiseDecay): 0.001", "images/sec=310.5", "_timers/_fps=5849.0785",
          "samples: 512")  # fmt: skip
AMONG = (
    "", "100%|██████████| 10/10 [00:05<00:00,  2.10it/s]", "saving checkpoint to best.pt", "-----",
    " 40%|████      | 4/10 [00:02<00:03,  2.00it/s]", "Learning rate is 0.001 now", "...",
    "[>>>>>>>>>>>>>>>>>>>>] 50/50, 163.1 task/s, elapsed: 0s, ETA:     0s", "Took 14.6354s",
    "save model in ./output/cls/latest", "Validation loss on combined improved, model saved",
    "Best accuracy: 0.503", "[2024-05-01 10:11:12,620]",
)  # fmt: skip


def curve_of(metric: str, part: str) -> str:
    return ("val_" if part else "") + ("accuracy" if metric == "acc" else "loss")


class Layout:
    """One way to print a training, and a training."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        one_of = self.draw.choice
        self.head, self.names = one_of(HEADS), NAMES[one_of(sorted(NAMES))]
        self.mark, self.between = (
            one_of((": ", "=", " = ", " ", ":")),
            one_of((" | ", ", ", "; ", "  ", "\t", " - ")),
        )
        self.after_head = one_of((": ", " | ", ", ", " ", " - ", "\t"))
        self.form = one_of(
            (
                "row",
                "row",
                "row",
                "grouped",
                "bracketed",
                "below",
                "by_part",
                "behind",
                "json",
                "framed",
                "errors",
                "lists",
                "lists_of_parts",
                "stacked",
                "named_before",
            )
        )
        self.before, self.behind, self.among = one_of(BEFORE), one_of(BEHIND), one_of(AMONG)
        self.end = one_of(("", "", "", ".", " |", ";"))
        self.digits, self.unit = one_of((2, 3, 4, 6)), one_of(("", "", "%", " %", "hundred"))
        if self.form in {"json", "framed", "errors", "lists", "lists_of_parts", "stacked"}:
            self.unit, self.end = "", ""
        self.change = one_of(("", "", "", " (-0.0{e}3)", " (+0.{e}1)"))
        """What a figure changed by, behind it."""
        self.comma = (
            self.draw.random() < 0.15
            and "," not in self.between + self.after_head
            and self.form == "row"
            and self.end != "."
        )
        kinds = [("loss", ""), ("acc", ""), ("loss", "val"), ("acc", "val")]
        if self.form == "named_before":
            kinds = [("loss", "")]
        self.kinds = (
            kinds if self.form != "row" else self.draw.sample(kinds, self.draw.randint(2, 4))
        )
        if self.form == "row" and self.draw.random() < 0.6:
            self.kinds.sort(key=kinds.index)
        self.scientific = one_of((0, 0, 0, 1))
        self.first, self.count, self.step = (
            one_of((0, 1, 1, 5)),
            self.draw.randint(2, 8),
            one_of((1, 1, 1, 5)),
        )
        self.truth: dict[str, dict[int, float]] = {}

    def figure(self, kind: tuple[str, str], epoch: int) -> str:
        metric, part = kind
        value = (
            self.draw.uniform(0.05, 0.99)
            if metric == "acc"
            else self.draw.choice((3, 1, 0.5)) * self.draw.random()
        )
        percent = metric == "acc" and self.unit
        value = max(value, 0.02)
        text = f"{value * 100:.2f}" if percent else f"{value:.{self.digits}f}"
        if metric == "loss" and self.draw.random() < self.scientific:
            text = f"{value:.3e}"
        right = float(text) / (100 if percent else 1)
        self.truth.setdefault(curve_of(metric, part), {})[epoch] = right
        if self.form == "errors" and metric == "acc":
            return f"{100 - 100 * right:.4f}%"
        text = text.replace(".", ",") if self.comma else text
        return text + (self.unit if percent and self.unit != "hundred" else "")

    def name(self, kind: tuple[str, str]) -> str:
        metric = self.names[2] if kind[0] == "loss" else self.names[3]
        return self.names[1 if kind[1] else 0].format(m=metric, M=metric.capitalize())

    def field(self, kind: tuple[str, str], epoch: int) -> str:
        change = self.change.format(e=epoch % 10)
        return f"{self.name(kind)}{self.mark}{self.figure(kind, epoch)}{change}"

    def lines(self, epoch: int, last: int) -> list[str]:
        head = self.before + self.head.format(e=epoch, n=last)
        behind = f"{self.between}{self.behind}" if self.behind else ""
        if self.form == "row":
            fields = self.between.join(self.field(kind, epoch) for kind in self.kinds)
            return [f"{head}{self.after_head}{fields}{behind}"]
        if self.form == "named_before":
            word = ("after", "at", "in")[epoch % 3]
            return [f"{self.before}Loss {word} epoch {epoch}: {self.figure(self.kinds[0], epoch)}"]
        figures = {kind: self.figure(kind, epoch) for kind in self.kinds}
        if self.form == "lists":
            pairs = (f"{part} loss/acc{self.mark}{figures['loss', key]}/{figures['acc', key]}"
                     for part, key in (("train", ""), ("val", "val")))  # fmt: skip
            return [f"{head}{self.after_head}{self.between.join(pairs)}{behind}"]
        if self.form == "lists_of_parts":
            pairs = (f"{name} (train/val){self.mark}{figures[key, '']} / {figures[key, 'val']}"
                     for name, key in (("Loss", "loss"), ("Acc", "acc")))  # fmt: skip
            return [f"{head}{self.after_head}{self.between.join(pairs)}{behind}"]
        if self.form == "stacked":
            top = "| Epoch | Mini-batch | Mini-batch | Validation | Validation |"
            rows = [] if epoch != self.first else [top, "| | Loss | Accuracy | Loss | Accuracy |",
                                                   "|====|====|====|====|====|"]  # fmt: skip
            return [
                *rows,
                f"| {epoch} | " + " | ".join(figures[kind] for kind in self.kinds) + " |",
            ]
        names = ("loss", "error" if self.form == "errors" else "acc")
        train, val = (
            self.between.join(
                f"{name}{self.mark}{figures[metric, part]}"
                for name, metric in zip(names, ("loss", "acc"), strict=True)
            )
            for part in ("", "val")
        )
        if self.form == "json":
            said = {"epoch": epoch, "lr": 0.01, "n_parameters": 5}
            of = {f"{part or 'train'}_{metric}": self.truth[curve_of(metric, part)][epoch]
                  for metric, part in self.kinds}  # fmt: skip
            return [self.before + json.dumps({**said, **of})]
        if self.form == "framed":
            rows = [["label", "loss", "accuracy", "hits_at_k"]]
            for word, part in (("train", ""), ("vali", "val")):
                rows.append([word, figures["loss", part], figures["acc", part], "0.91"])
            return [head, *("│ " + " │ ".join(row) + " │" for row in rows)]
        if self.form == "behind":
            return [
                f"{head} ({word}){self.after_head}{pair}{behind}"
                for word, pair in (("train", train), ("valid", val))
            ]
        if self.form == "grouped":
            return [f"{head}{self.after_head}train: {train} | val: {val}{behind}"]
        if self.form == "bracketed":
            return [f"{head}{self.after_head}train=[{train}] val=[{val}]{behind}"]
        if self.form in {"below", "errors"}:
            return [head, f"train {train}", f"val {val}"]
        return [f"{head}{self.after_head}train: {train}", f"{head}{self.after_head}val: {val}"]

    def text(self) -> str:
        epochs = [self.first + i * self.step for i in range(self.count)]
        lines = []
        for epoch in epochs:
            lines += [
                *(line + self.end for line in self.lines(epoch, epochs[-1])),
                *([self.among] if self.among and self.form != "stacked" else []),
            ]
        return "\n".join(lines)


def read_text(text):
    try:
        runs = pasted(text)
    except UnreadableSourceError:
        return {}
    found = {}
    for run in runs:
        for name, curve in run.curves.items():
            found.setdefault(name, {}).update(
                zip(curve.epochs.tolist(), curve.values.tolist(), strict=True)
            )
    return found


JUDGED = ("loss", "accuracy", "val_loss", "val_accuracy")


@pytest.mark.parametrize("seed", range(LAYOUTS))
def test_nothing_is_read_that_was_not_written(seed):
    layout = Layout(seed)
    text = layout.text()
    for name, curve in read_text(text).items():
        if name in JUDGED:
            wanted = layout.truth.get(name, {})
            wrong = {e: v for e, v in curve.items() if e not in wanted or abs(wanted[e] - v) > 1e-9}
            assert not wrong, f"{name}: {wrong}, written: {wanted}\n{text}"


def test_most_layouts_are_read_whole():
    whole = 0
    for seed in range(LAYOUTS):
        layout = Layout(seed)
        text = layout.text()
        found = read_text(text)
        whole += all(found.get(n, {}).keys() == by.keys() for n, by in layout.truth.items())
    assert whole / LAYOUTS >= READ_WHOLE


COUNTED = ("Fold", "Trial", "Run", "Seed", "Model", "Client", "Class", "Experiment", "Split #",
           "Ensemble member", "Candidate", "Bag")  # fmt: skip
ROWS = (
    "{c} {i}: loss {l} acc {a}",
    "{c} {i}/5 - val_loss: {l} - val_accuracy: {a}",
    "[{c} {i}] train loss={l} val loss={v} val acc={a}",
    "> {c} {i} - Loss: {l} - Accuracy: {p}%",
    "Score for {c} {i}: loss of {l}; accuracy of {p}%",
    "{c}={i}, train_acc={a}, test_acc={a}",
    "{c} {i} | accuracy: {a}",
)


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("counted", COUNTED)
def test_rows_that_count_no_time_are_no_epochs(counted, row):
    draw = random.Random(f"{counted} {row}")
    lines = []
    for i in range(1, 6):
        share = draw.uniform(0.4, 0.8)
        lines.append(row.format(c=counted, i=i, l=f"{draw.uniform(0.5, 1.5):.4f}",
                                v=f"{draw.uniform(0.5, 1.5):.4f}", a=f"{share:.4f}",
                                p=f"{100 * share:.2f}"))  # fmt: skip
    assert not set(JUDGED) & read_text("\n".join(lines)).keys()


@pytest.mark.parametrize("mark", ["|", ",", "\t"])
@pytest.mark.parametrize(
    ("names", "row"),
    [
        ("run epoch loss accuracy", "{i} 10 0.{i}1 0.{i}4"),
        ("# optimizer loss accuracy", "{i} adam{i} 0.{i}1 0.{i}4"),
        ("trial lr loss accuracy", "{i} 0.0{i} 0.{i}1 0.{i}4"),
        ("fold train_loss val_loss val_acc", "{i} 0.{i}3 0.{i}1 0.{i}4"),
        ("step_size loss accuracy", "{i} 0.{i}1 0.{i}4"),
    ],
)
def test_tables_with_a_row_a_training_are_no_curves(names, row, mark):
    rows = [names, *(row.format(i=i) for i in range(1, 5))]
    text = "\n".join(mark.join(cell.replace("_s", " s") for cell in r.split()) for r in rows)
    assert not set(JUDGED) & read_text(text).keys()


@pytest.mark.parametrize(
    "line",
    [
        "Epoch {e} val_acc 0.{e}1 -> 0.{e}4",
        "Epoch {e} loss=2^0.{e}4",
        "Epoch {e} train/val: 0.{e}4/0.{e}6",
        "Epoch {e} 1-acc=0.{e}4",
        "Epoch {e}: loss/acc/f1 0.{e}4/0.{e}6",
    ],
)
def test_figures_that_no_name_settles_are_left_out(line):
    text = "\n".join(line.format(e=e) for e in range(1, 6))
    assert not set(JUDGED) & read_text(text).keys()


def test_an_error_says_so_in_any_word_of_its_name():
    for name in ("err-top1", "top1_err", "error (top1)", "err_top1"):
        text = "\n".join(f"[Epoch {e}] validation: {name}=0.{9 - e}5" for e in range(1, 6))
        assert read_text(text)["val_accuracy"] == pytest.approx(
            {e: 1 - float(f"0.{9 - e}5") for e in range(1, 6)}
        )


def test_fewer_among_the_first_five_than_first_are_wrong_answers():
    """One line that shows it tells for the name in all lines."""
    five = (31, 22, 43, 34)
    text = "\n".join(
        f"| Epoch: [{e}] val loss {2 - 0.3 * e:.2f} top1 {80 - 15 * e:.1f} top5 {five[e - 1]:.1f}"
        for e in range(1, 5)
    )
    wanted = {e: 1 - (80 - 15 * e) / 100 for e in range(1, 5)}
    assert read_text(text)["val_accuracy"] == pytest.approx(wanted)
    right = "\n".join(
        f"Epoch {e}: val top1 {20 + 9 * e:.1f} top5 {60 + 5 * e:.1f}" for e in (1, 2, 3)
    )
    assert read_text(right)["val_accuracy"] == pytest.approx({1: 0.29, 2: 0.38, 3: 0.47})


@pytest.mark.parametrize("sizes", [(4000, 1000), (900, 300)])
def test_two_lines_of_an_epoch_that_count_other_images_are_of_two_sets(sizes):
    lines, truth = [], {"accuracy": {}, "val_accuracy": {}}
    for e in range(3):
        lines.append(f"Epoch: {e}")
        for name, total, part in zip(truth, sizes, (0.3, 0.2), strict=True):
            right = int((part + 0.2 * e) * total)
            truth[name][e] = right / total
            share = f"{right / total:.3%} ({right}/{total})"
            lines.append(f" [======>] | Loss: {1.5 - 0.4 * e:.3f} | Acc: {share}")
    found = read_text("\n".join(lines))
    for name, by in truth.items():
        assert found[name] == pytest.approx(by, abs=1e-4)


def test_what_an_estimator_saves_is_of_an_evaluation():
    lines = []
    for step in (500, 1000, 1500):
        lines += [
            f"INFO:tensorflow:loss = {1800 / (step + 400):.4f}, step = {step - 499}",
            f"INFO:tensorflow:Saving dict for global step {step}: accuracy = 0.{step // 20}",
        ]
    found = read_text("\n".join(lines))
    assert found["val_accuracy"] == {500: 0.25, 1000: 0.50, 1500: 0.75}
    assert "accuracy" not in found


def test_the_mean_of_folds_and_a_number_of_a_bracket_are_no_losses():
    folds = [f"> Fold {i} - Loss: 1.{i} - Accuracy: 6{i}.5%" for i in range(1, 5)]
    assert not read_text("\n".join([*folds, "Average:", "> Accuracy: 63.0%", "> Loss: 1.25"]))
    text = "\n".join(f"Epoch {e}\n| Test: [{e}][40/40] top1 0.{e}1 (0.{e}1)" for e in range(1, 4))
    assert "val_loss" not in read_text(text)
