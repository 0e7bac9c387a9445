import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from data import draw
from engine import Engine

torch.manual_seed(3)
train = DataLoader(TensorDataset(*draw(1200, 1)), batch_size=40, shuffle=True)
held = DataLoader(TensorDataset(*draw(400, 2)), batch_size=100)
model = nn.Sequential(
    nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(512, 4)
)
engine = Engine(model, nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=0.05))
for epoch in range(8):
    print(epoch, engine.fit_epoch(train), engine.score(held))
