"""One fault at a time put into small scripts that train: is its cause proven, and no other?

`python -m benchmarks.prove_scripts [torch]` executes `fitdoctor prove` on the scripts below
`benchmarks/proved/` (`proved_torch/`, where torch is installed), as they are and with each fault of
`FAULTS` (`FAULTS_OF_LOOPS`); `NAME ...` picks some. Rows that `proved.jsonl` holds of the same text are
not made again (`--again` makes them), and `--table` makes none. The causes of a fault were written down
before it was executed first. Kept in `benchmarks/proved.md` (`proved_torch.md`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from fitdoctor.stats.proportions import clopper_pearson

HOMES = {kind: Path(__file__).parent / name for kind, name in
         {"keras": "proved", "torch": "proved_torch"}.items()}  # fmt: skip


class Fault(NamedTuple):
    """A change of a script's text, and the causes that name it."""

    name: str
    script: str
    causes: str
    old: str
    new: str


FAULTS = (
    Fault("bytes into a network", "pixels", "inputs_not_scaled", "images = images / 255.0\n", ""),
    Fault("rate 1 for Adam", "pixels", "learning_rate_too_high", "learning_rate=0.003", "learning_rate=1.0"),
    Fault("nothing learns", "pixels", "nothing_is_trainable", "model.compile(",
          "model.trainable = False\nmodel.compile("),
    Fault("one sigmoid for four classes", "pixels", "output_units_differ_from_classes",
          'layers.Dense(4, activation="softmax")', 'layers.Dense(1, activation="sigmoid")'),
    Fault("loss for one-hot labels", "pixels", "label_encoding_mismatch", '"sparse_categorical', '"categorical'),
    Fault("rate 1e-7", "two_groups", "learning_rate_too_low", "learning_rate=0.1", "learning_rate=1e-7"),
    Fault("softmax over one unit", "two_groups", "softmax_over_one_unit", '"sigmoid"', '"softmax"'),
    Fault("rate below 0", "two_groups", "learning_rate_negative", "learning_rate=0.1", "learning_rate=-0.1"),
    Fault("relu on the output", "two_groups", "relu_on_output", '"sigmoid"', '"relu"'),
    Fault("relu on five outputs", "species", "relu_on_output", 'CLASSES, activation="softmax"',
          'CLASSES, activation="relu"'),
    Fault("loss for numbers of classes", "species", "label_encoding_mismatch", '"categorical_', '"sparse_categorical_'),
    Fault("rate 20", "species", "learning_rate_too_high", "learning_rate=0.05", "learning_rate=20.0"),
    Fault("tanh on five outputs", "species", "output_activation_unsuited missing_output_activation",
          'CLASSES, activation="softmax"', 'CLASSES, activation="tanh"'),
    Fault("sigmoid on a regression", "prices", "output_range_below_target output_activation_unsuited",
          "layers.Dense(1)", 'layers.Dense(1, activation="sigmoid")'),
    Fault("relu on a regression", "prices", "output_range_below_target relu_on_output",
          "layers.Dense(1)", 'layers.Dense(1, activation="relu")'),
    Fault("rate 1e-6 for Adam", "prices", "learning_rate_too_low", "Adam(0.005)", "Adam(1e-6)"),
    Fault("dropout of 0.95", "layered", "dropout_too_high", "Dropout(0.1)", "Dropout(0.95)"),
    Fault("a penalty of 5", "layered", "excess_weight_penalty", "l2(1e-5)", "l2(5.0)"),
    Fault("rate 3 for Adam", "layered", "learning_rate_too_high", "Adam(1e-3)", "Adam(3.0)"),
    Fault("logits without saying so", "scores", "missing_output_activation", "from_logits=True", ""),
    Fault("softmax under logits", "scores", "probabilities_into_logits_loss", "dense(3)", 'dense(3, "softmax")'),
    Fault("rate 1e-8", "scores", "learning_rate_too_low", "Adam(0.01)", "Adam(1e-8)"),
    Fault("bytes into SGD", "digits", "inputs_not_scaled", "x /= 255\n", ""),
    Fault("a rate that is gone", "digits", "learning_rate_decays_away", "SGD(0.1)",
          "SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.3))"),
    Fault("classes in blocks", "digits", "training_not_shuffled", "epochs=12, batch_size=32",
          "epochs=12, batch_size=32, shuffle=False"),
    Fault("rate 5 for Adam", "textures", "learning_rate_too_high", "Adam(0.01)", "Adam(5.0)"),
    Fault("frozen layers", "textures", "nothing_is_trainable", "model.compile(",
          "for layer in model.layers:\n    layer.trainable = False\nmodel.compile("),
)  # fmt: skip
FAULTS_OF_LOOPS = (
    Fault("rate 10", "shapes", "learning_rate_too_high", "lr=0.01", "lr=10.0"),
    Fault("bytes into SGD", "shapes", "inputs_not_scaled", ".astype(np.float32) * 0.1",
          ".astype(np.float32) * 0.1\n        self.images = (self.images * 200).clip(0, 255)"),
    Fault("gradients are kept", "shapes", "gradients_not_cleared", "        optimizer.zero_grad()\n", ""),
    Fault("rate 1e-7 for Adam", "segments", "learning_rate_too_low", "default=1e-3", "default=1e-7"),
    Fault("no log_softmax under nll", "segments", "missing_output_activation",
          "nn.Linear(64, 10), nn.LogSoftmax(dim=1)", "nn.Linear(64, 10)"),
    Fault("dropout of 0.97", "segments", "dropout_too_high", "nn.Dropout(0.1)", "nn.Dropout(0.97)"),
    Fault("softmax under cross-entropy", "stripes", "probabilities_into_logits_loss", "return self.out(x)",
          "return F.softmax(self.out(x), dim=1)"),
    Fault("classes in blocks", "blobs", "training_not_shuffled", "cfg.batch, shuffle=True)", "cfg.batch)"),
    Fault("weight decay of 5", "blobs", "excess_weight_penalty", "lr=cfg.lr)", "lr=cfg.lr, weight_decay=5.0)"),
    Fault("sigmoid on a regression", "discs", "output_range_below_target output_activation_unsuited",
          "nn.Linear(64, 1))", "nn.Linear(64, 1), nn.Sigmoid())"),
    Fault("validated in training mode", "letters", "eval_mode_missing",
          "    model.eval()\n    hits", "    hits"),
    Fault("a schedule by epoch that steps by batch", "letters", "scheduler_stepped_wrongly learning_rate_decays_away",
          "        optimizer.step()\n    scheduler.step()", "        optimizer.step()\n        scheduler.step()"),
    Fault("a new head behind the optimizer", "letters", "optimizer_holds_other_weights",
          "scheduler = Cosine", "model.fc = nn.Linear(256, 4)\nscheduler = Cosine"),
    Fault("cleared before the step", "rings", "optimizer_never_steps",
          "    optimizer.zero_grad()\n    loss.backward()\n", "    loss.backward()\n    optimizer.zero_grad()\n"),
    Fault("rate 1e-7 for Adam", "rings", "learning_rate_too_low", "lr=0.005", "lr=1e-7"),
    Fault("dropout that is always on", "arrows", "dropout_always_on eval_mode_missing",
          "F.dropout(x, p=0.3, training=self.training)", "F.dropout(x, p=0.8)"),
    Fault("never back to training mode", "arrows", "train_mode_not_restored",
          "    net.train()\n    train_loss", "    train_loss"),
    Fault("relu on the output", "arrows", "relu_on_output", "return self.head(x)", "return F.relu(self.head(x))"),
    Fault("classes from one", "arrows", "labels_out_of_range", "offset=0", "offset=1"),
    Fault("rate 3 for Adam", "arrows", "learning_rate_too_high", '"lr": 0.002', '"lr": 3.0'),
)  # fmt: skip
EARLY = 4
"""First look of experiments for a while; rows of then say so."""
OTHERWISE = {
    "torch: classes in blocks": (
        "torch.randint(0, 2, (count,), generator=g)\n        grid",
        "torch.randint(0, 2, (count,), generator=g).sort().values\n        grid",
    ),
    "torch: validated in training mode": ("p=0.2", "p=0.6"),
    "torch: a schedule by epoch that steps by batch": (
        "CosineAnnealingLR(optimizer, T_max=EPOCHS)",
        "torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.6)",
    ),
    "keras: classes in blocks": (
        "y = rng.integers(0, 6, 840)",
        "y = np.sort(rng.integers(0, 6, 640))\ny = np.concatenate([y, rng.integers(0, 6, 200)])",
    ),
}
"""What else of a script a fault needs."""


def cases(kind: str) -> Iterator[tuple[str, str, str]]:
    """Yield name, text and causes; no causes where the script is as it is."""
    home = HOMES[kind]
    for path in sorted(home.glob("*.py")):
        yield path.stem, path.read_text(), ""
    for fault in FAULTS if kind == "keras" else FAULTS_OF_LOOPS:
        text = (home / f"{fault.script}.py").read_text()
        assert fault.old in text, fault
        text = text.replace(fault.old, fault.new)
        for old, new in filter(None, [OTHERWISE.get(f"{kind}: {fault.name}")]):
            assert old in text, fault
            text = text.replace(old, new)
        yield f"{fault.script}: {fault.name}", text, fault.causes


def executed(text: str) -> dict[str, Any]:
    """Return what `fitdoctor prove` says of a script."""
    with TemporaryDirectory() as home:
        (Path(home) / "train.py").write_text(text)
        command = [
            sys.executable,
            "-m",
            "fitdoctor",
            "prove",
            "--output-format",
            "json",
            "-o",
            "run",
            "train.py",
        ]
        began = time.monotonic()
        done = subprocess.run(
            command, cwd=home, capture_output=True, text=True, check=False,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        )  # fmt: skip
        seconds = round(time.monotonic() - began)
        journal = Path(home) / "run" / "trials.jsonl"
        trials = len(journal.read_text().splitlines()) if journal.is_file() else 0
        said = [
            line
            for line in done.stderr.splitlines()
            if "cannot be tested" in line or "fitdoctor:" in line
        ]
        try:
            found = json.loads(done.stdout)
        except json.JSONDecodeError:
            return {"error": done.stderr[-400:], "seconds": seconds, "trials": trials}
    return {
        "experiments": [(e["cause"], e["intervention"], e["verdict"], e["effect"]) for e in found["experiments"]],
        "counted": [(c["cause"], c["present"], c["settles"]) for c in found["counted"]],
        "causes": [(c["rule"], c["probability"]) for c in found["causes"][:4]],
        "said": said[1:], "seconds": seconds, "trials": trials,
    }  # fmt: skip


def main() -> None:
    words = sys.argv[1:]
    kind = words.pop(0) if words and words[0] in HOMES else "keras"
    kept = HOMES[kind].with_suffix(".jsonl")
    names = [word for word in words if not word.startswith("--")]
    listed = map(json.loads, kept.read_text().splitlines()) if kept.is_file() else ()
    rows = {row["key"]: row for row in listed}
    shown = []
    for name, text, causes in cases(kind):
        if names and not any(word in name for word in names):
            continue
        key = sha256(text.encode()).hexdigest()[:12]
        if key not in rows and "--table" in words:
            continue
        if "--again" in words or key not in rows:
            rows[key] = {"key": key, "name": name, "wanted": causes, **executed(text)}
            with kept.open("a") as file:
                file.write(json.dumps(rows[key]) + "\n")
        shown.append(rows[key] | {"wanted": causes, "name": name})
        print(_line(shown[-1]), flush=True)
    print(summary(shown))
    if not names:
        HOMES[kind].with_suffix(".md").write_text(_page(shown, kind))


def known(kind: str) -> list[dict[str, Any]]:
    """Return the rows of scripts as they are today that were executed, without executing any."""
    kept = HOMES[kind].with_suffix(".jsonl")
    rows = {row["key"]: row for row in map(json.loads, kept.read_text().splitlines())}
    found = (
        (name, causes, sha256(text.encode()).hexdigest()[:12]) for name, text, causes in cases(kind)
    )
    return [
        rows[key] | {"wanted": causes, "name": name} for name, causes, key in found if key in rows
    ]


def proven(row: dict[str, Any]) -> list[str]:
    """Return the causes that were called proven, by trainings or by what counting settles."""
    trained = [cause for cause, _, verdict, _ in row.get("experiments", ()) if verdict == "helps"]
    return trained + [cause for cause, _, settles in row.get("counted", ()) if settles]


def _line(row: dict[str, Any]) -> str:
    tested = "; ".join(
        f"{cause} by {how}: {verdict} {effect:+.2f}"
        for cause, how, verdict, effect in row.get("experiments", ())
    )
    counts = "; ".join(
        f"{cause} {'shown' if present else 'ruled out'} by counting"
        for cause, present, _ in row.get("counted", ())
    )
    tested = "; ".join(filter(None, (counts, tested)))
    first = ", ".join(f"{cause} {p:.0%}" for cause, p in row.get("causes", ())[:2])
    return f"| {row['name']} | {row['wanted'] or 'healthy'} | {first or '-'} | {tested or 'nothing tested'} | {row['trials']} |"


def summary(rows: list[dict[str, Any]]) -> str:
    faulty, healthy = [r for r in rows if r["wanted"]], [r for r in rows if not r["wanted"]]
    named = sum(_first(r) in r["wanted"].split() for r in faulty)
    called = sum(bool(_first(r)) for r in healthy)
    right = sum(bool(set(proven(r)) & set(r["wanted"].split())) for r in faulty)
    wrong = sum(bool(set(proven(r)) - set(r["wanted"].split())) for r in faulty)
    false = sum(bool(proven(r)) for r in healthy)
    trials = sorted(r["trials"] for r in faulty)
    lines = []
    for what, count, of in (
        ("injected cause named first", named, len(faulty)),
        ("injected cause proven", right, len(faulty)),
        ("another cause called proven", wrong, len(faulty)),
        ("healthy scripts in which a cause is called proven", false, len(healthy)),
        ("healthy scripts in which one is likelier than not", called, len(healthy)),
    ):
        if of:
            bounds = clopper_pearson(count, of)
            lines.append(f"- {what}: {count} of {of} ({bounds.low:.0%} to {bounds.high:.0%})")
    if trials:
        lines.append(f"- trainings beside the first, median: {trials[len(trials) // 2]}")
        none = sum(not t for t in trials)
        lines.append(f"- faulty scripts decided or given up without a training: {none}")
    return "\n".join(lines)


def _first(row: dict[str, Any]) -> str:
    """Return the cause that is named first; none below even odds."""
    first = next(iter(row.get("causes", ())), ("", 0.0))
    return first[0] if first[1] >= SURE else ""


SURE = 0.5
FIRST_SIGHT = """On first sight 17 of 20 injected causes were named first and 13 shown or proven, and 1 of 8 healthy
scripts was called a problem; five rows were made again after what they showed was mended: noise around
images, a rate that is too low, one that vanishes, modes that differ by a
function, and a treatment that let gradients pile up.
"""


def _page(rows: list[dict[str, Any]], kind: str) -> str:
    of = " of PyTorch" if kind == "torch" else ""
    command = "benchmarks.prove_scripts" + (" torch" if kind == "torch" else "")
    head = f"# Causes proven on scripts{of}\n\n`python -m {command}`; 95 % intervals by Clopper and Pearson.\n"
    head += f"{len(rows)} of {len(list(cases(kind)))} scripts were executed so far.\n"
    if kind == "torch":
        head += FIRST_SIGHT
    early = sum(row.get("first_look") == EARLY for row in rows)
    if early:
        head += (
            f"{early} of them when experiments looked at {EARLY} pairs first, at success rates too: "
            "that saved trainings and is no longer done.\n"
        )
    head += "\n"
    table = "\n\n| script | fault | first causes | tested | trainings |\n|---|---|---|---|---|\n"
    return head + summary(rows) + table + "\n".join(map(_line, rows)) + "\n"


if __name__ == "__main__":
    main()
