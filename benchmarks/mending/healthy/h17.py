import torch
from torch import nn
y = torch.randint(0, 2, (800, 1)).float(); x = torch.randn(800, 10) + y
loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=32, shuffle=True)
m = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 1))
lossf = nn.BCEWithLogitsLoss()
o = torch.optim.Adam(m.parameters(), lr=1e-3)
for e in range(10):
    for a, b in loader:
        o.zero_grad(); l = lossf(m(a), b); l.backward(); o.step()
