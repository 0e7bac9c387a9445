"""A schedule that is stepped by batch, and where its step belongs instead."""

import pytest

from fitdoctor import doctor, mending
from fitdoctor.report import markdown, text
from fitdoctor.rules.scheduler_stepped_wrongly import RULE

pytest.importorskip("libcst")
HEAD = """import torch
from torch import nn
net = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
cost = nn.CrossEntropyLoss()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
plan = torch.optim.lr_scheduler.StepLR(opt, step_size=8, gamma=0.1)
"""
PASS = """def once(batches, learn):
    net.train(learn)
    for a, b in batches:
        with torch.set_grad_enabled(learn):
            loss = cost(net(a), b)
        if learn:
            opt.zero_grad()
            loss.backward()
            opt.step()
            plan.step()
"""
EPOCHS = """for epoch in range(24):
    once(few, True)
    once(rest, False)
    print(epoch)
"""
METHOD = """import torch
from torch import nn
class Fit:
    def __init__(self, net):
        self.net = net
        self.opt = torch.optim.SGD(net.parameters(), lr=0.1)
        self.plan = torch.optim.lr_scheduler.StepLR(self.opt, step_size=8, gamma=0.1)
        self.cost = nn.CrossEntropyLoss()
    def once(self):
        for a, b in few:
            self.opt.zero_grad()
            self.cost(self.net(a), b).backward()
            self.opt.step()
            self.plan.step()
"""
GIVEN = PASS.replace("batches, learn", "batches, learn, sched").replace("plan.step", "sched.step")
PHASES = """for epoch in range(24):
    for phase in ("train", "val"):
        net.train(phase == "train")
        for a, b in batches[phase]:
            with torch.set_grad_enabled(phase == "train"):
                loss = cost(net(a), b)
            if phase == "train":
                opt.zero_grad()
                loss.backward()
                opt.step()
                plan.step()
    print(epoch)
"""
WITHOUT = "            opt.step()\n            plan.step()\n"
ALONE = """for epoch in range(24):
    for a, b in few:
        opt.zero_grad()
        cost(net(a), b).backward()
        opt.step()
        plan.step()  # slower
    print(epoch)
"""


@pytest.mark.parametrize(
    ("program", "changes"),
    [
        (
            HEAD + PASS + EPOCHS,
            [("            plan.step()\n", ""), ("(rest, False)\n", "(rest, False)\n    plan.step()\n")],
        ),
        (
            METHOD + "    def run(self):\n        for epoch in range(24):\n            self.once()\n"
            "            print(epoch)\nFit(nn.Sequential(nn.Flatten(), nn.Linear(784, 10))).run()\n",
            [
                ("            self.plan.step()\n", ""),
                ("            self.once()\n", "            self.once()\n            self.plan.step()\n"),
            ],
        ),
        (
            METHOD + "fit = Fit(nn.Sequential(nn.Flatten(), nn.Linear(784, 10)))\n"
            "for epoch in range(24):\n    fit.once()\n    print(epoch)\n",
            [
                ("            self.plan.step()\n", ""),
                ("    fit.once()\n", "    fit.once()\n    fit.plan.step()\n"),
            ],
        ),
        (
            HEAD + GIVEN + EPOCHS.replace("True", "True, plan").replace("False", "False, None"),
            [
                ("            sched.step()\n", ""),
                ("(rest, False, None)\n", "(rest, False, None)\n    plan.step()\n"),
            ],
        ),
        (
            HEAD + PASS + "once(few, True)\n" + EPOCHS,
            [
                ("            plan.step()\n", ""),
                ("    once(rest, False)\n", "    once(rest, False)\n    plan.step()\n"),
            ],
        ),
        (
            HEAD + PHASES,
            [("                plan.step()\n    print", "    plan.step()\n    print")],
        ),
        (
            HEAD + ALONE,
            [("        plan.step()  # slower\n", "    plan.step()  # slower\n")],
        ),
    ],
    ids=["test", "method", "object", "given", "once before", "phases", "alone"],
)  # fmt: skip
def test_the_step_goes_behind_what_a_round_of_epochs_does(program, changes):
    wanted = program
    for old, new in changes:
        assert wanted.count(old) == 1
        wanted = wanted.replace(old, new)
    assert mending.mend(program, "train.py").after == wanted


@pytest.mark.parametrize(
    "program",
    [
        HEAD + PASS + EPOCHS.replace("    once(few, True)", "    if epoch:\n        once(few, True)"),
        HEAD + PASS + EPOCHS + "for later in range(5):\n    once(rest, True)\n",
        HEAD + PASS + "def every(part, learn):\n    once(part, learn)\n"
        + EPOCHS.replace("    once", "    every"),
        HEAD + PASS + EPOCHS.replace("    once(rest", "    if epoch % 2: continue\n    once(rest"),
        HEAD + GIVEN + EPOCHS.replace("True", "True, plan").replace("False", "False, other"),
        HEAD + ALONE.replace("    for a, b in few", "    if epoch < 20:\n     for a, b in few"),
    ],
    ids=["sometimes", "elsewhere", "between", "continue", "names", "test"],
)  # fmt: skip
def test_where_it_belongs_elsewhere_it_is_not_moved(program):
    made = mending.mend(program, "train.py", select=[RULE])
    assert made.after == program
    assert [one.rule for one in made.unmended] == ["scheduler_stepped_wrongly"]


def shown(tmp_path, program):
    path = tmp_path / "train.py"
    path.write_text(program)
    return doctor.diagnose(path)


def test_an_added_line_is_shown_below_its_neighbour_with_its_indentation(tmp_path):
    found = shown(tmp_path, HEAD + PASS + EPOCHS)
    away, added = found.causes[0].lines
    assert (away.before, away.after) == ("plan.step()", "")
    assert (added.behind, added.after) == ("    once(rest, False)", "    plan.step()")
    said = text.render(found)
    assert "line 16, take out: plan.step()" in said
    assert "    line 19:     once(rest, False)\n        add:     plan.step()\n" in said
    assert "below line 19: add `plan.step()`, indented by 4 spaces" in markdown.render([found])


def test_a_line_that_moves_to_another_block_is_not_written_in_place(tmp_path):
    away, added = shown(tmp_path, HEAD + ALONE).causes[0].lines
    assert (away.place, away.before, away.after) == ("line 12", "plan.step()  # slower", "")
    assert (added.place, added.behind) == ("line 11", "        opt.step()")
    assert added.after == "    plan.step()  # slower"


def test_without_a_sure_place_the_line_is_quoted_with_what_to_do(tmp_path):
    between = "def every(part, learn):\n    once(part, learn)\n"
    cause = shown(tmp_path, HEAD + PASS + between + EPOCHS.replace("    once", "    every")).causes[
        0
    ]
    assert [(one.before, one.after) for one in cause.lines] == [("plan.step()", None)]
    assert "in the loop over epochs" in cause.evidence[0].fix
