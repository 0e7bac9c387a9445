import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
x = torch.randn(900, 10); y = torch.randint(0, 3, (900,))
loader = DataLoader(TensorDataset(x, y), batch_size=30, shuffle=True)
net = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 3))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.001)
for epoch in range(10):
    optimizer.zero_grad()
    for xb, yb in loader:
        loss = criterion(net(xb), yb)
        loss.backward()
        optimizer.step()
