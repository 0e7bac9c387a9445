import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
x = torch.randn(900, 10); y = torch.randint(0, 3, (900,))
loader = DataLoader(TensorDataset(x, y), batch_size=30, shuffle=True)
net = nn.Sequential(
    nn.Linear(10, 64),
    nn.Linear(64, 32),
    nn.Linear(32, 3),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.001)
for epoch in range(10):
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = criterion(net(xb), yb)
        loss.backward()
        optimizer.step()
