"""What being recorded costs a loop of PyTorch: the same loop with and without, in turn, in one process.

`python -m benchmarks.overhead_torch [PAIRS [WAY ...]]`, where torch is installed. Five loops, from one whose step
takes half a millisecond to a transformer; `whole` trains on one tensor, 250 steps in 20 rounds. Times are processor
seconds of one thread, of the loop alone; `once` is what the first tenth of the epochs takes longer, `later` what the
others do. Of each epoch the least time over all turns counts: what else the machine does only adds to it.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from fitdoctor.observe.pytorch import seam

F = nn.functional
EPOCHS = 20


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"{'loop':12} {'ms a step':>10} {'later':>8} {'once':>8} s")
    for name in sys.argv[2:] or WAYS:
        step, later, once = measured(name, pairs)
        print(f"{name:12} {1e3 * step:10.2f} {later:+8.1%} {once:+8.2f}", flush=True)


def measured(name: str, pairs: int = 5) -> tuple[float, float, float]:
    """Return seconds of a step, the share that later epochs take longer, and seconds once."""
    steps = 1
    torch.set_num_threads(1)
    plain: list[list[float]] = []
    watched: list[list[float]] = []
    for turn in range(pairs + 1):
        for how in (plain, watched) if turn % 2 else (watched, plain):
            with tempfile.TemporaryDirectory() as home:
                if how is watched:
                    seam.install(torch, f"{home}/run", "default")
                steps, took = train(*WAYS[name]())
                seam.uninstall()
            if turn:  # the first pair warms caches
                how.append(took)
    before, after = ([min(turns) for turns in zip(*how, strict=True)] for how in (plain, watched))
    early = EPOCHS // 10
    later = sum(after[early:]) / sum(before[early:]) - 1
    return sum(before) / steps, later, sum(after[:early]) - sum(before[:early])


def train(
    net: nn.Module, loader: Any, held: Any, loss: Callable[..., Any]
) -> tuple[int, list[float]]:
    """Return how many steps were made, and the seconds of each epoch."""
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    steps, taken = 0, []
    for _ in range(EPOCHS):
        began = time.process_time()
        net.train()
        for x, y in loader:
            opt.zero_grad()
            loss(net(x), y).backward()
            opt.step()
            steps += 1
        net.eval()
        with torch.no_grad():
            for x, y in held:
                loss(net(x), y)
        taken.append(time.process_time() - began)
    return steps, taken


def loaders(shape: tuple[int, ...], classes: int, count: int, batch: int) -> tuple[Any, Any]:
    y = torch.randint(0, classes, (count,))
    x = torch.rand(count, *shape)
    x.reshape(count, -1)[:, :2] += y[:, None]
    train = DataLoader(TensorDataset(x, y), batch, shuffle=True)
    return train, DataLoader(TensorDataset(x[: count // 4], y[: count // 4]), batch)


def small() -> Any:
    net = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 3))
    return net, *loaders((16,), 3, 3200, 32), F.cross_entropy


def whole() -> Any:
    x = torch.rand(2000, 8)
    y = (x[:, :1] > 0.5).float()
    net = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1))
    return net, [(x, y)] * 250, [(x[:500], y[:500])], nn.BCEWithLogitsLoss()


def digits() -> Any:
    net = nn.Sequential(
        nn.Conv2d(1, 16, 3), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3), nn.ReLU(),
        nn.Flatten(), nn.Dropout(0.2), nn.Linear(3872, 10),
    )  # fmt: skip
    return net, *loaders((1, 28, 28), 10, 1024, 64), nn.CrossEntropyLoss()


class Sequence(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cell, self.last = nn.LSTM(8, 48, batch_first=True), nn.Linear(48, 4)

    def forward(self, x: Any) -> Any:
        return self.last(self.cell(x)[0][:, -1])


def sequence() -> Any:
    return Sequence(), *loaders((24, 8), 4, 960, 32), nn.CrossEntropyLoss()


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(8, 64)
        layer = nn.TransformerEncoderLayer(64, 4, 128, batch_first=True)
        self.body, self.last = (
            nn.TransformerEncoder(layer, 2, enable_nested_tensor=False),
            nn.Linear(64, 4),
        )

    def forward(self, x: Any) -> Any:
        return self.last(self.body(self.first(x)).mean(1))


def attention() -> Any:
    return Attention(), *loaders((24, 8), 4, 640, 32), nn.CrossEntropyLoss()


WAYS: dict[str, Callable[[], Any]] = {
    "small": small, "whole": whole, "digits": digits, "sequence": sequence, "attention": attention,
}  # fmt: skip

if __name__ == "__main__":
    main()
