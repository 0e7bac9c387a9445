"""What a trial of a loop measures: outputs and labels of the pass that counts, and their score."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fitdoctor.observe import scoring
from fitdoctor.observe.pytorch.functions import Compared
from fitdoctor.observe.pytorch.loop import Loop
from fitdoctor.observe.pytorch.passes import Pass
from fitdoctor.observe.pytorch.tensors import first_tensor
from fitdoctor.records.job import Measured


class Answers:
    """Outputs of one pass with their labels, batch by batch, or what is to be asked again."""

    def __init__(self) -> None:
        self.rows = 0
        self.batches: list[list[Any]] = []
        """Outputs and labels; a label of `None` is not known as yet."""
        self.asked: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = []
        """Of a training pass: the network and what it was called with, in place of outputs."""
        self.round = -1

    def add(self, number: int, out: Any, labels: Any, call: Any) -> None:
        """Take the output for a batch; of several networks in a round the last one counts."""
        if number == self.round and self.batches:
            self.batches[-1], self.asked[-1] = [out, labels], call
            return
        if self.rows >= scoring.MOST_ROWS:
            return
        self.round = number
        self.rows += len(out)
        self.batches.append([out, labels])
        self.asked.append(call)

    def label(self, target: Any) -> None:
        """Take the right answers that a loss was given for the batch that was added last."""
        if self.batches and self.batches[-1][1] is None and len(target) == len(self.batches[-1][0]):
            self.batches[-1][1] = target


class Collected:
    """Answers of all passes that are under way, and of the last one over each source."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.of: weakref.WeakKeyDictionary[Pass, Answers] = weakref.WeakKeyDictionary()
        self.loss = ""
        """The function that training is by."""

    def called(self, one: Pass, module: Any, call: tuple[Any, Any], out: Any) -> None:
        """Take what a network was called with and returns."""
        scores = first_tensor(out)
        if scores is None or not scores.dim():
            return
        labels = one.labels if one.labels is not None and len(one.labels) == len(scores) else None
        answers = self.of.setdefault(one, Answers())
        answers.add(one.count, scores.detach(), labels, (module, *call))

    def compared(self, one: Pass | None, call: Compared) -> None:
        """Take what a loss was given."""
        if hasattr(call.scores, "grad_fn") and call.scores.requires_grad:
            self.loss = call.name
        if one is not None and one in self.of and hasattr(call.target, "dim") and call.target.dim():
            self.of[one].label(call.target)

    def measured(self, one: Pass) -> Measured | None:
        """Return the score of a pass that measures; `None` where its labels are not known."""
        found = self.of.get(one)
        pairs = [(out, y) for out, y in found.batches if y is not None] if found else []
        return self._scored(pairs) if pairs else None

    def inferred(self, one: Pass) -> Measured | None:
        """Return the score of a training pass whose images are asked again in inference mode."""
        found = self.of.get(one)
        if found is None or not any(y is not None for _, y in found.batches):
            return None
        for network in self.loop.networks:
            network.eval()
        pairs = []
        with self.loop.torch.no_grad():
            for (module, given, named), (_, y) in zip(found.asked, found.batches, strict=True):
                if y is not None:
                    pairs.append((first_tensor(module(*given, **named)), y))
        return self._scored(pairs)

    def _scored(self, pairs: list[tuple[Any, Any]]) -> Measured:
        job = self.loop.job
        try:
            told, truth = zip(*(self._rows(out, y) for out, y in pairs), strict=True)
            predicted, labels = np.concatenate(told), np.concatenate(truth)
        except (ValueError, TypeError, RuntimeError) as error:
            return Measured(refused=f"the outcome cannot be measured: {error}")
        within = bool((predicted >= 0).all() and (predicted <= 1).all())
        # What lies between 0 and 1 is a probability, whatever it was taken for.
        logits = self.loss == "binary_cross_entropy_with_logits" and not within
        return scoring.scored(predicted, labels, job, logits=logits)

    def _rows(self, out: Any, y: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return outputs and labels, classes behind; a pixel that has a label is a row."""
        for change in self.loop.labels:
            y = change(y)
        if out.dim() > 2 and y.dim() == out.dim() - 1:
            out = out.movedim(1, -1).reshape(-1, out.shape[1])
            y = y.reshape(-1)
        return out.detach().float().cpu().numpy(), y.detach().cpu().numpy()
