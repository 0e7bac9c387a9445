import torch, torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset
x = torch.randn(500, 8); y = torch.randint(0, 2, (500, 1)).float()
dl = DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True)
model = nn.Sequential(
    nn.Linear(8, 32),
    nn.ReLU(),
    nn.Linear(32, 1),
)
crit = nn.BCELoss()
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
for _ in range(10):
    for xb, yb in dl:
        opt.zero_grad()
        loss = crit(model(xb), yb)
        loss.backward()
        opt.step()
