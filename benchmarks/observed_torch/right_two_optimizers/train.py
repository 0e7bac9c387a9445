import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

from data import draw

torch.manual_seed(6)
encoder = nn.Sequential(nn.Conv2d(1, 8, 4, stride=2), nn.ReLU(), nn.Flatten())
head = nn.Sequential(nn.Dropout(0.1), nn.Linear(392, 4))
slow = optim.SGD(encoder.parameters(), lr=0.02, momentum=0.9)
fast = optim.Adam(head.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()
train = DataLoader(TensorDataset(*draw(1800, 101)), batch_size=30, shuffle=True)
val = DataLoader(TensorDataset(*draw(450, 102)), batch_size=90)


def phase(loader, learn):
    for part in (encoder, head):
        part.train(learn)
    total = 0.0
    with torch.set_grad_enabled(learn):
        for x, y in loader:
            loss = criterion(head(encoder(x)), y)
            if learn:
                slow.zero_grad()
                fast.zero_grad()
                loss.backward()
                slow.step()
                fast.step()
            total += loss.item() * len(y)
    return total / len(loader.dataset)


for epoch in range(8):
    print(epoch, phase(train, True), phase(val, False))
