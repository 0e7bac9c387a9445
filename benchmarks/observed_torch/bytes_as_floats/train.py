import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from reader import read

torch.manual_seed(1)


def loader(count, seed, shuffle):
    x, y = read(count, seed)
    return DataLoader(TensorDataset(torch.tensor(x), torch.tensor(y)), 32, shuffle=shuffle)


train, val = loader(1200, 5, True), loader(300, 6, False)
net = nn.Sequential(
    nn.Conv2d(3, 16, 3),
    nn.Tanh(),
    nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 3),
    nn.Tanh(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(512, 64),
    nn.Tanh(),
    nn.Linear(64, 6),
)
criterion, optimizer = nn.CrossEntropyLoss(), torch.optim.SGD(net.parameters(), lr=0.01)
for epoch in range(8):
    net.train()
    for images, labels in train:
        optimizer.zero_grad()
        loss = criterion(net(images), labels)
        loss.backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        hits = sum((net(images).argmax(1) == labels).sum().item() for images, labels in val)
    print(f"[{epoch}] loss {loss.item():.3f} val acc {hits / 300:.3f}")
