import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

y = torch.randint(0, 2, (800, 1)).float()
x = torch.randn(800, 10) + y
loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)

class Binary(nn.Module):
    def __init__(self, d):
        super(Binary, self).__init__()
        self.hidden = nn.Linear(d, 16)
        self.out = nn.Linear(16, 1)
    def forward(self, x):
        return torch.sigmoid(self.out(torch.relu(self.hidden(x))))

m = Binary(10)
lossf = nn.BCEWithLogitsLoss()
o = torch.optim.Adam(m.parameters(), lr=1e-3)
for e in range(10):
    for a, b in loader:
        o.zero_grad()
        l = lossf(m(a), b)
        l.backward()
        o.step()
