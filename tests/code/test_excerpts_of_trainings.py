"""Excerpts of a few lines in a question: what their order says without a loop."""

import pytest

from fitdoctor import doctor
from fitdoctor.sources import pasted


def found(text):
    (run,) = pasted(text)
    return {c.rule: c for c in doctor.examine(run).causes if c.probability >= 0.5}


EARLY = """Why does my classifier of leaves not learn at all, the loss stays the same?

net = torchvision.models.resnet34(pretrained=True)
{}
net.fc = nn.Linear(512, 12)
{}
"""


@pytest.mark.parametrize(
    ("before", "behind", "wrong"),
    [
        ("opt = optim.AdamW(net.fc.parameters(), 1e-3)", "", True),
        ("opt = optim.AdamW(net.parameters(), 1e-3)", "", True),
        ("", "opt = optim.AdamW(net.fc.parameters(), 1e-3)", False),
        ("opt = optim.AdamW(net.layer4.parameters(), 1e-4)", "head = optim.AdamW(net.fc.parameters(), 1e-3)", False),
        ("opt = optim.AdamW(net.fc.parameters(), 1e-3)", "run_all(net, opt)", False),
    ],
)  # fmt: skip
def test_an_optimizer_of_a_layer_that_is_replaced_below(before, behind, wrong):
    assert ("optimizer_holds_other_weights" in found(EARLY.format(before, behind))) is wrong


MONITOR = """The loss falls well and then freezes, what is wrong with my training?

plan = ReduceLROnPlateau({})
for epoch in range(30):
    {}
"""


@pytest.mark.parametrize(
    ("given", "step", "wrong"),
    [
        ("optimizer, mode='max'", "plan.step(test_loss)", True),
        ("optimizer, 'min'", "plan.step(test_loss)", False),
        ("optimizer", "plan.step(val_acc)", True),
        ("monitor='val_loss', mode='min'", "model.fit(x, y, callbacks=[plan])", False),
    ],
)
def test_a_schedule_is_known_by_its_name_without_an_import(given, step, wrong):
    assert ("monitored_the_wrong_way" in found(MONITOR.format(given, step))) is wrong


LIGHTNING = """My loss stands still after the first epoch, training in Lightning.

    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=3e-4)
        decay = {}
        return {}
"""


@pytest.mark.parametrize(
    ("made", "given", "wrong"),
    [
        ("MultiStepLR(optimizer, [20, 40])", "[optimizer], [{'scheduler': decay, 'interval': 'step'}]", True),
        ("MultiStepLR(optimizer, [20, 40])", "[optimizer], [decay]", False),
        ("MultiStepLR(optimizer, [20000])", "[optimizer], [{'scheduler': decay, 'interval': 'step'}]", False),
        ("OneCycleLR(optimizer, 1e-3, epochs=10, steps_per_epoch=90)", "[optimizer], [decay]", True),
    ],
)  # fmt: skip
def test_lightning_steps_by_epoch_unless_it_is_told(made, given, wrong):
    assert ("scheduler_stepped_wrongly" in found(LIGHTNING.format(made, given))) is wrong


HALF = """The loss is nan from the second step on, in half precision.

net = build(classes=7).cuda(){}
opt = torch.optim.{}
pred = net(x); loss = F.cross_entropy(pred, y); loss.backward(); opt.step()
"""


@pytest.mark.parametrize(
    ("cast", "made", "wrong"),
    [
        (".half()", "AdamW(net.parameters(), lr=1e-5)", True),
        (".to(torch.float16)", "Adam(net.parameters())", True),
        (".half()", "Adam(net.parameters(), eps=1e-4)", False),
        (".half()", "SGD(net.parameters(), lr=1e-3)", False),
        (".half().float()", "Adam(net.parameters())", False),
    ],
)
def test_weights_in_float16_under_an_epsilon_that_is_nought_there(cast, made, wrong):
    (run,) = pasted(HALF.format(cast, made))
    causes = doctor.examine(run).causes
    seen = [e for c in causes if c.rule == "half_precision_overflow" for e in c.evidence]
    assert any("weights themselves" in e.sentence for e in seen) is wrong
