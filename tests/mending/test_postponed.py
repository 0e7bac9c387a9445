"""An optimizer that is made before the network is final."""

import pytest

from fitdoctor import doctor, mending
from fitdoctor.rules.optimizer_holds_other_weights import RULE

pytest.importorskip("libcst")
HEAD = """import torch
from torch import nn
from torchvision import models

net = models.resnet50(weights="DEFAULT")
{freeze}
# what learns
opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
plan = torch.optim.lr_scheduler.StepLR(opt, step_size=5)
print("made")
{head}
cost = nn.CrossEntropyLoss()
for epoch in range(15):
    net.train()
    for a, b in loader:
        opt.zero_grad()
        loss = cost(net(a), b)
        loss.backward()
        opt.step()
    plan.step()
"""
FREEZE = "for weight in net.parameters():\n    weight.requires_grad_(False)"
LAYER = "net.fc = nn.Linear(net.fc.in_features, 9)"
BLOCK = (
    "net.fc = nn.Sequential(\n    nn.Linear(2048, 64),\n    nn.ReLU(),\n    nn.Linear(64, 9),\n)"
)
OPT = "# what learns\nopt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)\n"
PLAN = "plan = torch.optim.lr_scheduler.StepLR(opt, step_size=5)\n"
OF_ORDER = {"nothing_is_trainable", "optimizer_holds_other_weights"}


def said(tmp_path, program):
    path = tmp_path / "train.py"
    path.write_text(program)
    return [c for c in doctor.diagnose(path).causes if c.rule in OF_ORDER]


@pytest.mark.parametrize("freeze", [FREEZE, "net.requires_grad_(False)", "net.train()"])
@pytest.mark.parametrize("head", [LAYER, BLOCK])
def test_one_mistake_of_order_is_one_cause_and_its_lines_move(tmp_path, freeze, head):
    program = HEAD.format(freeze=freeze, head=head)
    (cause,) = said(tmp_path, program)
    assert cause.rule == "optimizer_holds_other_weights"
    line = program.split("\n").index(
        "opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)"
    )
    assert f"optimizer of line {line + 1} was made before Linear" in cause.evidence[0].sentence
    after = program.replace(OPT + PLAN, "").replace(head + "\n", head + "\n" + OPT + PLAN)
    assert mending.mend(program, "train.py").after == after
    assert not said(tmp_path, after)


@pytest.mark.parametrize(
    "head",
    [
        "for a, b in loader:\n    opt.zero_grad()\n    cost(net(a), b).backward()\n    opt.step()\n"
        + LAYER,
        "net = nn.DataParallel(net)\nnet.module.fc = nn.Linear(2048, 9)",
        "if large:\n    " + LAYER,
    ],
    ids=["stepped", "another", "sometimes"],
)
def test_what_uses_it_in_between_keeps_it_where_it_is(head):
    program = HEAD.format(freeze=FREEZE, head=head)
    made = mending.mend(program, "train.py", select=[RULE])
    assert made.after == program
    assert [one.rule for one in made.unmended] == ["optimizer_holds_other_weights"]


def test_where_nothing_is_left_to_learn_nothing_is_trainable(tmp_path):
    order = LAYER + "\nnet.fc.requires_grad_(False)"
    (cause,) = said(tmp_path, HEAD.format(freeze=FREEZE, head="").replace(OPT, order + "\n" + OPT))
    assert cause.rule == "nothing_is_trainable"


def test_of_a_part_alone_no_order_is_told(tmp_path):
    program = HEAD.format(freeze=FREEZE, head="").replace(OPT, LAYER + "\n" + OPT)
    (cause,) = said(tmp_path, program.replace("SGD(net.p", "SGD(net.layer4.p"))
    assert "before" not in cause.evidence[0].sentence
