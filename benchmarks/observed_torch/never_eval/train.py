import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from data import draw
from evaluate import evaluate


def block(inside, outside):
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, padding=1),
        nn.BatchNorm2d(outside),
        nn.ReLU(),
        nn.MaxPool2d(2),
    )


model = nn.Sequential(block(1, 8), block(8, 16), nn.Flatten(), nn.Dropout(0.4), nn.Linear(256, 4))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
train_loader = DataLoader(TensorDataset(*draw(1600, 31)), batch_size=32, shuffle=True)
val_loader = DataLoader(TensorDataset(*draw(400, 32)), batch_size=8)
for epoch in range(6):
    model.train()
    for images, labels in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
    print(epoch, *evaluate(model, val_loader, criterion))
