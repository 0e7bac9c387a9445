import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

y = torch.randint(0, 3, (900,))
x = torch.randn(900, 10) + y[:, None]
loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 3))
criterion = nn.CrossEntropyLoss()
config = {"lr": 50.0, "momentum": 0.9}
optimizer = torch.optim.SGD(model.parameters(), **config)
for epoch in range(10):
    for xb, yb in loader:
        optimizer.zero_grad()
        criterion(model(xb), yb).backward()
        optimizer.step()
