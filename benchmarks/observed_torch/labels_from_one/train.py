import torch
from torch import nn

from table import load

x, y = map(torch.as_tensor, load())
model = nn.Sequential(nn.Linear(9, 24), nn.ReLU(), nn.Linear(24, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss()
for epoch in range(30):
    order = torch.randperm(len(x))
    for at in range(0, len(x), 50):
        rows = order[at : at + 50]
        optimizer.zero_grad()
        loss = criterion(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
