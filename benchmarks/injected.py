"""One fault at a time put into the ordinary scripts of `tests/programs`: is it named?

`make bench-injected`. The scripts raise no alarm as they are, so what is named is the fault. An
edit says what a text must hold and must not hold to be a fault there; scripts it does not fit are
left out, and so are results that do not parse. Kept in `benchmarks/injected.md`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from fitdoctor import doctor
from fitdoctor.stats.proportions import wilson

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "tests" / "programs"
KERAS = r"(?is)^(?!.*\b(?:torch|paddle|tflearn|flax|skorch)\b)(?=.*(?:keras|Sequential))"
TORCH = r"(?s)(?=.*\btorch\b)"
OUTPUT = r"(activation\s*=\s*|Activation\()(['\"])softmax\2"
ADDED = r"(\n[ \t]*)(\w+)\.add\(((?:\w+\.)*)Dense\((\w+), activation=(['\"])softmax\5\)\)"
FIT = r"(\n[ \t]*)(?:\w+\s*=\s*)?(\w+)\.fit\(\s*(\w+),\s*(\w+)\s*,"
LAST, EVERY = "last", "every"


class Edit(NamedTuple):
    """A fault: what it may be named, and the change of the text that makes it."""

    name: str
    causes: str
    pattern: str
    new: str
    where: str = LAST
    needs: str = ""
    without: str = r"(?!)"


EDITS = (
    Edit("sigmoid for softmax", "sigmoid_with_categorical_loss output_activation_unsuited",
         OUTPUT, r"\1\2sigmoid\2", needs=KERAS + r"(?=.*categorical_?crossentropy)"),
    Edit("relu for softmax", "relu_on_output", OUTPUT, r"\1\2relu\2", needs=KERAS),
    Edit("tanh for softmax", "output_activation_unsuited missing_output_activation", OUTPUT,
         r"\1\2tanh\2", needs=KERAS),
    Edit("no softmax", "missing_output_activation", r",\s*activation\s*=\s*(['\"])softmax\1", "",
         needs=KERAS, without="from_logits"),
    Edit("no sigmoid", "missing_output_activation",
         r"(Dense\(1), activation\s*=\s*(['\"])sigmoid\2", r"\1",
         needs=KERAS + r"(?=.*['\"]binary_crossentropy)", without="from_logits"),
    Edit("softmax over one unit", "softmax_over_one_unit",
         r"(Dense\(1, activation\s*=\s*)(['\"])sigmoid\2", r"\1\2softmax\2", needs=KERAS),
    Edit("one sigmoid for classes",
         "output_units_differ_from_classes softmax_over_one_unit sigmoid_with_categorical_loss",
         r"Dense\((\d+), activation=(['\"])softmax\2\)", "Dense(1, activation='sigmoid')",
         needs=KERAS + "(?=.*sparse)"),
    Edit("softmax under logits", "probabilities_into_logits_loss", r"Dense\(((?!1\))\d+)\)",
         r"Dense(\1, activation='softmax')", needs=KERAS + "(?=.*from_logits=True)",
         without="softmax|BinaryCross"),
    Edit("logits without from_logits", "missing_output_activation", r"from_logits\s*=\s*True", "",
         needs=KERAS, without="softmax|sigmoid"),
    Edit("binary loss", "binary_loss_for_many_classes",
         r"(['\"])(?:sparse_)?categorical_crossentropy\1", r"\1binary_crossentropy\1",
         needs=KERAS + r"(?=.*Dense\((?!1\b|2\b)\w+, activation=['\"]softmax)"),
    Edit("squared error", "loss_unsuited_to_task", r"(['\"])categorical_crossentropy\1", r"\1mse\1",
         needs=KERAS + "(?=.*softmax)"),
    Edit("sparse loss", "label_encoding_mismatch labels_out_of_range",
         r"(['\"])categorical_crossentropy\1", r"\1sparse_categorical_crossentropy\1",
         needs=KERAS + r"(?=.*(?:to_categorical|get_dummies|class_mode=['\"]categorical))"),
    Edit("units", "output_units_differ_from_classes", r"Dense\(10\b", "Dense(7",
         needs=r"(?s)(?=.*(?:mnist|cifar10)\.load_data)"),
    Edit("sigmoid for numbers", "output_range_below_target loss_unsuited_to_task", r"Dense\(1\)",
         "Dense(1, activation='sigmoid')",
         needs=KERAS + r"(?=.*['\"](?:mse|mae|mean_squared_error|mean_absolute_error)['\"])"),
    Edit("bottleneck", "bottleneck_before_output",
         ADDED,
         r"\1\2.add(\3Dense(2, activation='relu'))\1\2.add(\3Dense(\4, activation='softmax'))",
         needs=KERAS, without=r"Dense\(2, activation=['\"]softmax"),
    Edit("two softmaxes", "redundant_activation",
         ADDED,
         r"\1\2.add(\3Dense(\4, activation='softmax'))\1\2.add(\3Activation('softmax'))",
         needs=KERAS),
    Edit("dropout at the end", "dropout_on_output", r"(\n[ \t]*)(\w+)\.compile\(",
         r"\1\2.add(Dropout(0.5))\1\2.compile(", needs=KERAS + r"(?=.*\.add\()",
         without=r"base|Model\("),
    Edit("much dropout", "dropout_too_high", r"(Dropout\((?:rate\s*=\s*|p\s*=\s*)?)0?\.\d+",
         r"\g<1>0.95", EVERY),
    Edit("no hidden activations", "missing_hidden_activation",
         r",\s*activation\s*=\s*(['\"])(?:relu|tanh|elu|selu)\1", "", EVERY,
         needs=KERAS + r"(?=(?:.*Dense\(){3})",
         without=r"Activation\(|ReLU|nn\.relu|LSTM|GRU|Conv2DTranspose"),
    Edit("high rate", "learning_rate_too_high",
         r"((?:Adam|AdamW|RMSprop)\([^()]*?(?:lr|learning_rate)\s*=\s*)[\d.e-]+", r"\g<1>2.0"),
    Edit("low rate", "learning_rate_too_low",
         r"((?:Adam|AdamW|RMSprop|SGD)\([^()]*?(?:lr|learning_rate)\s*=\s*)[\d.e-]+",
         r"\g<1>1e-9", without="pretrained|applications|weights="),
    Edit("negative rate", "learning_rate_negative",
         r"((?:Adam|AdamW|RMSprop|SGD)\([^()]*?(?:lr|learning_rate)\s*=\s*)(\d)", r"\1-\2"),
    Edit("time decay", "learning_rate_decays_away", r"(SGD\((?:lr\s*=\s*)?[\d.e-]+)",
         r"\1, decay=0.5", needs=KERAS, without="decay=|learning_rate="),
    Edit("Adadelta of tf.keras", "optimizer_unsuited learning_rate_too_low",
         r"(compile\((?:optimizer\s*=\s*)?)(['\"])(?:adam|rmsprop)\2", r"\1'adadelta'",
         needs=KERAS + r"(?=.*(?:tf\.keras|tensorflow))"),
    Edit("optimizer by name", "optimizer_argument_ignored",
         r"(\n[ \t]*)(\w+)\.compile\((?:optimizer\s*=\s*)?(['\"])(adam|sgd|rmsprop)\3",
         r"\1my_opt = Adam(learning_rate=1e-5)\1\2.compile(optimizer='\4'", needs=KERAS),
    Edit("no patience", "stopped_while_improving", r"patience\s*=\s*\d+", "patience=0",
         needs="(?s)(?=.*EarlyStopping)", without="ReduceLR"),
    Edit("large penalty", "excess_weight_penalty", r"(l2\()[\d.e-]+", r"\g<1>5.0", EVERY),
    Edit("BatchNorm's momentum", "batchnorm_inference_gap frozen_batchnorm_mismatch",
         r"BatchNormalization\(\)", "BatchNormalization(momentum=0.9999)", EVERY, needs=KERAS),
    Edit("BatchNorm's axis", "batchnorm_axis_wrong", r"BatchNormalization\(\)",
         "BatchNormalization(axis=1)", EVERY, needs=KERAS + r"(?=.*Conv2D\()",
         without="channels_first"),
    Edit("no rescale", "inputs_not_scaled pipelines_differ wrong_backbone_preprocessing",
         r"rescale\s*=\s*1\.?0?\s*/\s*255\.?0?\s*,?\s*", "", EVERY, needs=KERAS,
         without="applications|Rescaling|BatchNorm"),
    Edit("labels over 255", "labels_corrupted",
         r"(\n[ \t]*)(?:\w+\s*=\s*)?(\w+)\.fit\(\s*(\w+),\s*(y\w*)\b", r"\1\4 = \4 / 255.\g<0>",
         needs=KERAS + "(?=.*sparse)"),
    Edit("images shuffled alone", "images_and_labels_misaligned",
         FIT,
         r"\1np.random.shuffle(\3)\g<0>", needs=KERAS, without=r"\.fit\(\s*(\w+),\s*\1\b"),
    Edit("both shuffled apart", "images_and_labels_misaligned",
         FIT,
         r"\1np.random.shuffle(\3)\1np.random.shuffle(\4)\g<0>", needs=KERAS,
         without=r"\.fit\(\s*(\w+),\s*\1\b"),
    Edit("validated on training", "leaked_validation_images",
         r"\.fit\(\s*(\w+),\s*(\w+)\b(.*?)validation_data\s*=\s*\(\w+,\s*\w+\)",
         r".fit(\1, \2\3validation_data=(\1, \2)"),
    Edit("folder not shuffled", "training_not_shuffled",
         r"(train\w*\s*=\s*\w+\.flow_from_directory\([^()]*(?:\([^()]*\)[^()]*)*)\)",
         r"\1, shuffle=False)"),
    Edit("few steps", "steps_do_not_cover_data epochs_miscomputed",
         r"steps_per_epoch\s*=\s*[^,()]*(?:\([^()]*\)[^,()]*)*,", "steps_per_epoch=3,"),
    Edit("class weights left out", "class_weights_unused", r",\s*class_weight\s*=\s*\w+", ""),
    Edit("torch: softmax before cross-entropy", "probabilities_into_logits_loss",
         r"nn\.Linear\((\w+), (\d+)\)\)", r"nn.Linear(\1, \2), nn.Softmax(dim=1))",
         needs=TORCH + "(?=.*CrossEntropyLoss)"),
    Edit("torch: logits under NLLLoss", "missing_output_activation output_activation_unsuited",
         r"CrossEntropyLoss\([^()]*\)", "NLLLoss()", needs=TORCH,
         without="create_model|transformers|resnet|models"),
    Edit("torch: squared error", "loss_unsuited_to_task", r"CrossEntropyLoss\([^()]*\)",
         "MSELoss()", needs=TORCH + r"(?=.*ImageFolder\()", without="create_model"),
    Edit("torch: no activations", "missing_hidden_activation",
         r"nn\.ReLU\((?:inplace=True|True)?\),?\s*|\bF\.relu(?=\()|\btorch\.relu(?=\()", "", EVERY,
         needs=TORCH + r"(?=(?:.*(?:Linear|Conv2d)\(){3})", without=r"models\.|LeakyReLU|GELU"),
    Edit("torch: high rate", "learning_rate_too_high",
         r"(Adam\w*\([^()]*(?:\([^()]*\))?[^()]*lr\s*=\s*)[\d.e-]+", r"\g<1>1.0", needs=TORCH),
    Edit("torch: not shuffled", "training_not_shuffled",
         r"(DataLoader\([^()]*(?:\([^()]*(?:\([^()]*\)[^()]*)*\)[^()]*)*)shuffle\s*=\s*True",
         r"\1shuffle=False", needs=TORCH + r"(?=.*ImageFolder\()"),
)  # fmt: skip


def edited(text: str, edit: Edit) -> str | None:
    """Return a script with the fault, `None` where it does not fit."""
    if (edit.needs and not re.match(edit.needs, text)) or re.search(edit.without, text):
        return None
    found = list(re.finditer(edit.pattern, text))
    for match in found[::-1] if edit.where == EVERY else found[-1:]:
        text = text[: match.start()] + match.expand(edit.new) + text[match.end() :]
    try:
        ast.parse(text)
    except SyntaxError:
        return None
    return text if found else None


def ordinary() -> Iterator[tuple[str, str]]:
    """Yield name and text of the scripts that raise no alarm."""
    for path in sorted(SCRIPTS.glob("*.txt")):
        head, _, text = path.read_text().partition("\n\n")
        if head == "first: nothing":
            yield path.stem, text


def named(text: str, folder: Path) -> list[str]:
    """Return what a script is told to have, likeliest first."""
    script = folder / "script.py"
    script.write_text(text)
    return [cause.rule for cause in doctor.diagnose(script).causes]


def score(edit: Edit, scripts: Iterable[tuple[str, str]]) -> tuple[int, int, int, list[str]]:
    """Return in how many scripts a fault fits, is named first, is named, and where it is not."""
    fits, first, among, missed = 0, 0, 0, []
    wanted = set(edit.causes.split())
    with TemporaryDirectory() as folder:
        for stem, text in scripts:
            if (faulty := edited(text, edit)) is None:
                continue
            causes = named(faulty, Path(folder))
            fits += 1
            first += bool(wanted & set(causes[:1]))
            among += bool(wanted & set(causes))
            missed += [] if wanted & set(causes) else [stem]
    return fits, first, among, missed


def main() -> None:
    rows, total = [], [0, 0, 0]
    for edit in EDITS:
        fits, first, among, missed = score(edit, ordinary())
        total = [total[0] + fits, total[1] + first, total[2] + among]
        rows.append(f"| {edit.name} | {fits} | {first} | {among} |")
        print(rows[-1], *missed[:6])
    fits, first, among = total
    interval = wilson(first / fits, fits)
    lines = [
        "# Faults put into ordinary scripts",
        "",
        "Written by `make bench-injected`: one fault at a time, in each of the scripts of",
        "`tests/programs` that it fits. They were written with the rules in view; on scripts that",
        "nobody has looked at expect less.",
        "",
        "| fault | scripts | named first | named |",
        "|---|---|---|---|",
        *rows,
        f"| all | {fits} | {first} ({interval.low:.0%} - {interval.high:.0%}) | {among} |",
    ]
    (ROOT / "benchmarks" / "injected.md").write_text("\n".join(lines) + "\n")
    print(lines[-1])


if __name__ == "__main__":
    main()
