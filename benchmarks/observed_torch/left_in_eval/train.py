import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from data import draw
from loops import train_epoch, validate

model = nn.Sequential(
    nn.Flatten(),
    nn.Linear(256, 128),
    nn.BatchNorm1d(128),
    nn.ReLU(),
    nn.Dropout(0.5),
    nn.Linear(128, 4),
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
loss_function = nn.CrossEntropyLoss()
train = DataLoader(TensorDataset(*draw(1200, 41)), batch_size=48, shuffle=True)
val = DataLoader(TensorDataset(*draw(400, 42)), batch_size=100)
model.train()
history = []
for epoch in range(8):
    history.append(
        (train_epoch(model, train, optimizer, loss_function), validate(model, val, loss_function))
    )
    print("epoch %d train %.4f val %.4f" % (epoch, *history[-1]))
