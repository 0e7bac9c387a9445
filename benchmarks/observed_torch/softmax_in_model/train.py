import argparse

import torch
from torch.utils.data import DataLoader, TensorDataset

import data
import model as models

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=8)
parser.add_argument("--lr", type=float, default=0.001)
args = parser.parse_args()


def main():
    net = models.Small(4)
    criterion = torch.nn.CrossEntropyLoss()
    optimiser = torch.optim.Adam(net.parameters(), lr=args.lr)
    train = DataLoader(TensorDataset(*data.draw(1500, 21)), batch_size=25, shuffle=True)
    test = DataLoader(TensorDataset(*data.draw(500, 22)), batch_size=100)
    for epoch in range(args.epochs):
        net.train()
        for batch, target in train:
            optimiser.zero_grad()
            loss = criterion(net(batch), target)
            loss.backward()
            optimiser.step()
        net.eval()
        hits = total = 0
        with torch.no_grad():
            for batch, target in test:
                hits += (net(batch).argmax(dim=1) == target).sum().item()
                total += len(target)
        print(f"Epoch {epoch + 1}/{args.epochs} accuracy {hits / total:.4f}")


main()
