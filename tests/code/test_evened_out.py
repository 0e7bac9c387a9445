"""Classes that are evened out twice are told, once is not, in other ways of writing loops."""

import pytest

from fitdoctor.code import read_script

TRAINER = """
import numpy as np
import torch
import torchvision
from sklearn.utils.class_weight import compute_class_weight
from torch.utils.data import DataLoader, WeightedRandomSampler

class Trainer:
    def __init__(self, folder, device="cpu"):
        self.set = torchvision.datasets.ImageFolder(folder)
        self.loader = DataLoader(self.set, batch_size=16, {given})
        self.net = torchvision.models.resnet18(weights=None, num_classes=3)
        self.cost = {cost}
        self.opt = torch.optim.Adam(self.net.parameters())

    def rates(self):
        counts = np.bincount(self.set.targets)
        return torch.tensor(1.0 / counts, dtype=torch.float32)

    def sampler(self):
        each = self.rates()[self.set.targets]
        return WeightedRandomSampler(each, len(each))

    def ways(self, by_sampler):
        found = {{}}
        if by_sampler:
            found["sampler"] = self.sampler()
        return found

    def learn(self):
        for epoch in range(9):
            self.net.train()
            for x, y in self.loader:
                self.opt.zero_grad()
                self.cost(self.net(x), y).backward()
                self.opt.step()

Trainer("photos").learn()
"""
MIXED, WEIGHTED = "sampler=self.sampler()", "torch.nn.CrossEntropyLoss(weight=self.rates())"
COUNTED = (
    "torch.nn.CrossEntropyLoss(torch.FloatTensor(compute_class_weight('balanced', y=y)).to(device))"
)
PLAIN, MEAN = "shuffle=True", "torch.nn.CrossEntropyLoss()"


def told(given, cost):
    program = read_script(TRAINER.format(given=given, cost=cost)).program
    return len({e.line for e in program.events("rebalanced")})


@pytest.mark.parametrize("cost", [WEIGHTED, COUNTED])
def test_a_sampler_beside_weights_is_told(cost):
    assert told(MIXED, cost) == 1


@pytest.mark.parametrize(
    ("given", "cost"),
    [
        (PLAIN, WEIGHTED),
        (MIXED, MEAN),
        (PLAIN, MEAN),
        (MIXED, "torch.nn.CrossEntropyLoss(weight=None)"),
        (MIXED, "torch.nn.CrossEntropyLoss(weight=self.rates() if by_loss else None)"),
        ("sampler=self.sampler() if by_sampler else None", WEIGHTED),
        ("**({'sampler': self.sampler()} if by_sampler else {'shuffle': True})", WEIGHTED),
        ("**self.ways(by_sampler)", WEIGHTED),
        ("sampler=torch.utils.data.RandomSampler(self.set)", WEIGHTED),
        (MIXED, "torch.nn.CrossEntropyLoss(label_smoothing=0.1)"),
    ],
)
def test_one_of_them_or_what_may_be_none_is_not(given, cost):
    assert told(given, cost) == 0
