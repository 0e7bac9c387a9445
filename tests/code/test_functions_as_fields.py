"""Functions without a name that classes keep."""

from fitdoctor.code import read_script

SCRIPT = """
import torch

class Holder:
    act = lambda self, x: x

    def go(self, loader, net, opt):
        for x, y in loader:
            torch.nn.functional.cross_entropy(self.act(net(x)), y).backward()
            opt.step()
"""


def test_a_class_may_keep_a_function_without_a_name():
    script = read_script(SCRIPT)
    assert script.program is not None
    assert any(event.kind == "backward" for event in script.program.events("backward"))
