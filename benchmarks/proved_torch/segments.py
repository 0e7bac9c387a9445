"""Seven-segment digits, an MLP, arguments."""
import argparse

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

SEGMENTS = ["abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg"]
PLACES = {"a": (1, slice(2, 8)), "b": (slice(1, 7), 8), "c": (slice(7, 13), 8), "d": (13, slice(2, 8)),
          "e": (slice(7, 13), 1), "f": (slice(1, 7), 1), "g": (7, slice(2, 8))}


def draw(n, seed):
    g = np.random.default_rng(seed)
    y = g.integers(0, 10, n)
    x = g.normal(0, 0.25, (n, 15, 10)).astype("float32")
    for i in range(n):
        for s in SEGMENTS[y[i]]:
            x[i][PLACES[s]] += g.uniform(0.6, 1.0)
    return torch.tensor(x), torch.tensor(y)


def parse():
    p = argparse.ArgumentParser()
    p.add_argument("--epochs", type=int, default=8)
    p.add_argument("--lr", type=float, default=1e-3)
    p.add_argument("--batch-size", type=int, default=32)
    return p.parse_args()


def train(model, device, loader, optimizer):
    model.train()
    for data, target in loader:
        data, target = data.to(device), target.to(device)
        optimizer.zero_grad()
        output = model(data)
        loss = nn.functional.nll_loss(output, target)
        loss.backward()
        optimizer.step()


def test(model, device, loader):
    model.eval()
    test_loss, correct = 0, 0
    with torch.no_grad():
        for data, target in loader:
            data, target = data.to(device), target.to(device)
            output = model(data)
            test_loss += nn.functional.nll_loss(output, target, reduction="sum").item()
            correct += output.argmax(dim=1, keepdim=True).eq(target.view_as(output.argmax(dim=1, keepdim=True))).sum().item()
    print(f"test loss {test_loss / len(loader.dataset):.4f}, accuracy {correct}/{len(loader.dataset)}")


def main():
    args = parse()
    torch.manual_seed(1)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train_loader = DataLoader(TensorDataset(*draw(2000, 5)), args.batch_size, shuffle=True)
    test_loader = DataLoader(TensorDataset(*draw(400, 6)), 200)
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(150, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 10), nn.LogSoftmax(dim=1)
    ).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    for _ in range(args.epochs):
        train(model, device, train_loader, optimizer)
        test(model, device, test_loader)


if __name__ == "__main__":
    main()
