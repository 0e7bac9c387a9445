import torch
from torch import nn
from torch.utils.data import DataLoader

from dataset import Digits

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
model = nn.Sequential(
    nn.Conv2d(1, 8, 3, padding=1),
    nn.BatchNorm2d(8),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(512, 4),
).to(device)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
train, val = DataLoader(Digits("train"), 50, shuffle=True), DataLoader(Digits("val"), 50)
for epoch in range(6):
    model.train()
    for x, y in train:
        x, y = x.to(device), y.to(device)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
    model.eval()
    correct = 0
    with torch.no_grad():
        for x, y in val:
            x, y = x.to(device), y.to(device)
            correct += (model(x).argmax(1) == y).sum().item()
    print(f"Epoch: {epoch}\tAccuracy: {correct}/{len(val.dataset)}")
