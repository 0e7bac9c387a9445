"""A column of outputs meets a row of labels: each output is compared with every label.

## Why it matters
A network with one output gives an array of the shape (images, 1), a loader labels of the shape
(images). Their difference has the shape (images, images): a loss of it pulls each output to the
mean of all labels of the batch, and the network learns to answer that mean. Counts of right answers
come out far too large in the same way. Losses that refuse such a pair end the script.

## How it is measured
From the script, whose loops are interpreted: the width of what the network gives is followed
through `squeeze`, `view` and their kin to a loss, a difference or a comparison; that of labels is
known where a data set of a library gives class numbers. Losses of Keras bring both into one
shape themselves. Answers tell the same: the shape of outputs and labels where the loss is computed.

## What to try
`outputs.squeeze(1)`, or `labels.unsqueeze(1)`, wherever both meet.
"""

from __future__ import annotations

from collections.abc import Iterator

from fitdoctor.cases import TORCH, scripted
from fitdoctor.records.finding import Evidence
from fitdoctor.records.run import LABELS_BROADCAST, Script
from fitdoctor.rule import Rule

_MEANS = {
    "loss": "the loss compares each output with every label",
    "difference": "the difference is one of each output and every label",
    "comparison": "each answer is compared with every label, and right ones are counted so",
}


def labels_broadcast(script: Script) -> Iterator[Evidence]:
    for call in script.called(LABELS_BROADCAST)[:1]:
        what = str(call.arguments["what"].value)
        yield Evidence(
            sentence="The outputs are a column of the shape (images, 1), the labels a row of the "
            f"shape (images): {_MEANS[what]}.",
            weight=5.5,
            line=call.line,
        )


_OF_A_FOLDER = (
    ("photos", "ImageFolder('a', change)"),
    ("import nn\n", "import nn\nfrom torchvision.datasets import ImageFolder\n"),
    ("Linear(288, 5)", "Linear(288, 1)"),
    ("nn.CrossEntropyLoss()", "nn.MSELoss()"),
    ("(net(x).argmax(1) == y)", "((net(x).squeeze(1) > 0.5) == y)"),
)

RULE = Rule(
    code="FD327",
    prior=0.01,
    severity="error",
    kind="cause",
    check=labels_broadcast,
    explains={"constant_output": 0.6, "never_learned": 0.4},
    advice="give outputs and labels the same shape: outputs.squeeze(1), or labels.unsqueeze(1)",
    clear="no column of outputs is seen to meet a row of labels",
    clear_with=("known_program",),
    sick=(
        scripted(TORCH, *_OF_A_FOLDER, ("y)\n        loss.b", "y.float())\n        loss.b")),
        scripted(
            TORCH, *_OF_A_FOLDER, ("cost(net(x), y)", "((torch.sigmoid(net(x)) - y) ** 2).mean()")
        ),
        scripted(
            TORCH,
            *_OF_A_FOLDER,
            ("others, batch", "ImageFolder('b', change), batch"),
            ("cost(net(x), y)", "cost(net(x)[:, 0], y.float())"),
            (".squeeze(1)", ""),
        ),
    ),
    healthy=(
        scripted(TORCH),
        scripted(TORCH, *_OF_A_FOLDER, ("cost(net(x), y)", "cost(net(x).view(-1), y.float())")),
        scripted(
            TORCH, *_OF_A_FOLDER, ("cost(net(x), y)", "cost(net(x), y.float().reshape(-1, 1))")
        ),
        scripted(TORCH, *_OF_A_FOLDER, ("cost(net(x), y)", "cost(net(x), y[:, None].float())")),
        scripted(TORCH, *_OF_A_FOLDER, ("ImageFolder('a', change)", "photos")),
    ),
)
