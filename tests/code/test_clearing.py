"""Gradients that are never cleared are told; whatever may clear them ends that."""

import pytest

from fitdoctor.code import read_script

LOOP = """import torch
from torch import nn, optim
{imports}
net = nn.Sequential(nn.Flatten(), nn.Linear(48, 3))
measure = nn.CrossEntropyLoss()
opt = optim.SGD(net.parameters(), lr=0.01)
{before}
for epoch in range(9):
    for images, labels in batches:
        {above}
        cost = measure(net(images), labels)
        cost.backward()
        {step}
        {below}
"""
USUAL = {
    "imports": "",
    "before": "",
    "above": "seen = 1",
    "step": "opt.step()",
    "below": "seen = 2",
}


def lines(**parts):
    script = read_script(LOOP.format(**(USUAL | parts)))
    return [call.line for call in script.called("gradients_kept")]


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"before": "plan = optim.lr_scheduler.CosineAnnealingLR(opt, 9)", "below": "plan.step()"},
        {"before": "half = torch.cuda.amp.GradScaler()", "step": "half.step(opt)"},
        {"below": "print(opt.param_groups[0]['lr'])"},
    ],
)
def test_gradients_that_nothing_clears_are_told(parts):
    assert lines(**parts) == [12]


@pytest.mark.parametrize(
    "parts",
    [
        {"above": "opt.zero_grad()"},
        {"above": "net.zero_grad(set_to_none=True)"},
        {"below": "opt.zero_grad(set_to_none=True)"},
        {"below": "if epoch % 4 == 0: opt.zero_grad()"},
        {"step": "if epoch % 4 == 3: opt.step()"},
        {"below": "[setattr(p, 'grad', None) or p.grad for p in net.parameters()]"},
        {"below": "for p in net.parameters(): p.grad = None"},
        {"step": "opt.step(closure)"},
        {"above": "begin(opt)"},
        {"before": "helper = Helper(net, optimizer=opt)"},
        {"imports": "from accelerate import Accelerator"},
        {"imports": "import lightning as L"},
        {"above": "..."},
        {"before": "opt = make_optimizer(net)"},
    ],
)
def test_what_may_clear_them_ends_it(parts):
    assert lines(**parts) == []


def test_one_step_outside_of_any_loop_is_none():
    text = LOOP.format(**USUAL)
    once = text.replace("for epoch in range(9):", "if True:")
    once = once.replace("for images, labels in batches:", "if True:")
    assert read_script(once).called("gradients_kept") == ()
