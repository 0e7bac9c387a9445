"""What trainers of libraries are told: Hugging Face's `Trainer`, and fastai's learner.

They bring the loop, the optimizer and the loss; what a script says is which network they train, on
what, at which rate and how long, and what of it is frozen. Defaults are those of transformers 4 and
fastai 2.
"""

from __future__ import annotations

import math
from typing import Final

from msgspec.structs import replace

from fitdoctor.catalogue.optimizers import OPTIONS, optimizer
from fitdoctor.code import torch
from fitdoctor.code.calls import OF_TRANSFORMERS
from fitdoctor.code.construct import number, whole
from fitdoctor.code.values import (
    UNKNOWN,
    Data,
    Instance,
    ModelValue,
    Module,
    Namespace,
    OptimizerValue,
    Trainer,
    Value,
)
from fitdoctor.records.network import OPAQUE
from fitdoctor.records.recipe import Backbone, FineTuning, Layer, Optimizer, Schedule
from fitdoctor.records.run import Fact, Feed, Flow, Operation

LEARNERS: Final = frozenset({"vision_learner", "cnn_learner", "create_cnn"})
_ARGUMENTS: Final = frozenset({"TrainingArguments", "Seq2SeqTrainingArguments"})
_CLASSIFIER: Final = "ForImageClassification.from_pretrained"
_CROSS_ENTROPY: Final = "sparse_categorical_crossentropy(from_logits)"
_BUNCH: Final = "ImageDataBunch"
RATE, ONE_CYCLE_RATE, FINE_TUNE_RATE = 5e-5, 1e-3, 2e-3
"""Defaults of `TrainingArguments`, of a learner, and of `fine_tune`."""
_LR_MULT: Final = 100
"""`fine_tune` trains the first layers at so many times less than the head."""


def construct(
    name: str, callee: Value, arguments: list[Value], keywords: dict[str, Value], line: int
) -> Value:
    """Return the trainer, settings or network that a function of such a library makes."""
    full = callee.name if isinstance(callee, Module) else name
    if full in torch.BY_NAME:
        return torch.by_name(arguments, keywords, line)
    if name in _ARGUMENTS:
        return Namespace({**keywords, "": line})
    if name == "Trainer" and (full.startswith("transformers") or "compute_metrics" in keywords):
        given = dict(zip(("model", "args", "data_collator", "train_dataset", "eval_dataset"),
                         arguments, strict=False)) | keywords  # fmt: skip
        model = given.get("model")
        if isinstance(model, Instance):
            model = model.model
        return Trainer("transformers", model if isinstance(model, ModelValue) else None, given)
    if full.endswith(_CLASSIFIER) and not full.rpartition(".")[0].rpartition(".")[2].startswith(
        "TF"
    ):
        return _classifier(arguments, keywords, line)
    if name == "slice" and arguments and all(isinstance(a, (int, float)) for a in arguments):
        return tuple(arguments)
    if full.rpartition(".")[0].endswith("ImageDataBunch"):
        # fastai 1 gives pixels as 0..1, and normalises where `normalize` is called.
        return Data(_BUNCH, line, (Operation("scale", 1 / 255, line),))
    if name in LEARNERS:
        return _learner(arguments, keywords, line)
    return UNKNOWN


def _classifier(arguments: list[Value], keywords: dict[str, Value], line: int) -> Value:
    """Return an image classifier of transformers with pretrained weights."""
    name = arguments[0] if arguments and isinstance(arguments[0], str) else "A classifier"
    units = whole(keywords.get("num_labels"))
    for table in (keywords.get("id2label"), keywords.get("label2id")):
        units = units or (len(table) if isinstance(table, dict) and table else None)
    return ModelValue(
        layers=[Layer(kind="Dense", units=units, line=line)] if units else [],
        pretrained=Backbone(name=name, weights=OF_TRANSFORMERS, line=line),
        line=line,
    )


def _learner(arguments: list[Value], keywords: dict[str, Value], line: int) -> Value:
    """Return fastai's learner: a pretrained body that is frozen, and its own head."""
    given = dict(zip(("dls", "arch"), arguments, strict=False)) | keywords
    arch = given.get("arch", given.get("base_arch"))
    name = arch.name.rpartition(".")[2] if isinstance(arch, Module) else arch
    if isinstance(arch, Data) and arch.free:
        name = arch.origin  # by `from fastai.vision.all import *`
    pretrained = given.get("pretrained", True)
    model = ModelValue(layers=[Layer(kind=OPAQUE, name="head", line=line)], line=line)
    if isinstance(name, str) and pretrained is not UNKNOWN:
        model.pretrained = Backbone(
            name=name,
            weights="imagenet" if pretrained else "none",
            trainable=not pretrained,
            line=line,
        )
    return Trainer("fastai", model, given)


def train(
    trainer: Trainer, method: str, arguments: list[Value], keywords: dict[str, Value], line: int, *,
    frozen: bool,
) -> bool:  # fmt: skip
    """Do to the network what a method of its trainer does; return whether it trains.

    `frozen` says that the script has set before whether some weights learn.
    """
    if trainer.model is None:
        return False
    if trainer.library == "transformers":
        trains = method == "train"
        return trains and _hugging_face(trainer.model, trainer.given, line, frozen=frozen)
    return _fastai(trainer.model, trainer.given, method, arguments, keywords, line)


def feed_of(trainer: Trainer, line: int) -> Feed | None:
    """Return what a learner of fastai 1 trains on; later ones normalise for the weights."""
    given = trainer.given.get("dls", trainer.given.get("data"))
    if not isinstance(given, Data) or given.origin != _BUNCH:
        return None
    inputs = Flow(given.origin, given.operations)
    return Feed(use="train", inputs=inputs, labels=Flow(shown=False), line=line)


def _hugging_face(model: ModelValue, given: dict[str, Value], line: int, *, frozen: bool) -> bool:
    told = given.get("args")
    settings = told.attributes if isinstance(told, Namespace) else None
    made = given.get("optimizers")
    own = made[0] if isinstance(made, tuple) and made else None
    if isinstance(own, OptimizerValue):
        model.optimizer = own
    elif settings is not None and own is None:
        kind = str(settings.get("optim", "adamw")).lower().replace(".", "_").split("_")
        rate = number(settings.get("learning_rate", RATE))
        name = next((OPTIONS[part] for part in kind if part in OPTIONS), "AdamW")
        model.optimizer = OptimizerValue(
            Optimizer(name=name, learning_rate=rate, line=settings.get(""))
        )
    if settings is not None:
        size = whole(settings.get("per_device_train_batch_size", 8))
        times = whole(settings.get("gradient_accumulation_steps", 1))
        epochs = number(settings.get("num_train_epochs", 3.0))
        by_steps = (number(settings.get("max_steps", -1)) or 0) > 0
        model.ordered["batch_size"] = size * times if size and times else None
        model.ordered["epochs"] = int(epochs) if epochs and not by_steps else None
    root = model.root
    made = root.pretrained if root is not None else None
    if root is not None and made is not None and made.trainable is None and not frozen:
        root.pretrained = replace(made, trainable=True)
    _compiled(model, line)
    return True


def _fastai(
    model: ModelValue, given: dict[str, Value], method: str, arguments: list[Value],
    keywords: dict[str, Value], line: int,
) -> bool:  # fmt: skip
    root = model.pretrained
    if method in {"freeze", "unfreeze"} and root is not None:
        model.pretrained = replace(root, trainable=method == "unfreeze")
    if method not in {"fine_tune", "fit_one_cycle", "fit", "fit_flat_cos"}:
        return False
    epochs = arguments[0] if arguments else keywords.get("epochs", keywords.get("n_epoch"))
    epochs = keywords.get("cyc_len", epochs)
    rate = arguments[1] if len(arguments) > 1 else UNKNOWN
    for name in ("base_lr", "lr_max", "max_lr", "lr", "lrs"):
        rate = keywords.get(name, rate)
    usual = FINE_TUNE_RATE if method == "fine_tune" else given.get("lr", ONE_CYCLE_RATE)
    before = model.ordered.get("epochs", 0)
    stage = whole(epochs)
    stages = before is not None and stage is not None
    model.ordered["epochs"] = before + stage + (method == "fine_tune") if stages else None
    model.ordered["fine_tuning"] = None
    low, high = None, rate
    if isinstance(rate, tuple) and rate and number(rate[-1]):
        low, high = (
            (rate[0] if len(rate) > 1 else rate[-1] / 10),
            rate[-1],
        )  # as fastai's `lr_range`
    top = number(usual if rate is UNKNOWN else high)
    _set_rate(model, given, top, line, cycle=method in {"fine_tune", "fit_one_cycle"})
    if root is not None and top and method == "fine_tune":
        model.pretrained = replace(root, trainable=False)
        body = top / 2 / math.sqrt(_LR_MULT)
        model.ordered["fine_tuning"] = FineTuning(learning_rate=body)
    elif root is not None and top and root.trainable and (least := number(low)):
        # The layers near the input learn at the lower rate, those in the middle at the mean.
        model.pretrained = replace(root, trainable=False)
        model.ordered["fine_tuning"] = FineTuning(learning_rate=math.sqrt(least * top))
    _compiled(model, line, told="loss_func" not in given)
    return True


def _set_rate(
    model: ModelValue, given: dict[str, Value], rate: float | None, line: int, *, cycle: bool
) -> None:
    kind = given.get("opt_func")
    name: str | None = "Adam"
    if kind is not None:
        known = optimizer(kind.name.rpartition(".")[2]) if isinstance(kind, Module) else None
        name = known.name if known is not None else None
    schedule = Schedule(kind="one_cycle", high=rate, unit="epochs", line=line) if cycle else None
    model.optimizer = OptimizerValue(
        Optimizer(name=name, learning_rate=rate, schedule=schedule, line=line)
    )


def _compiled(model: ModelValue, line: int, *, told: bool = True) -> None:
    """Set the loss that such trainers take of the labels of classes."""
    if told and not model.compiled:
        model.compiled = {"loss": Fact(_CROSS_ENTROPY, _CROSS_ENTROPY, line)}
