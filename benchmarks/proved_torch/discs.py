# radius of a disc, a regression
import torch
from torch import nn
from torch.utils.data import TensorDataset, DataLoader, random_split

torch.manual_seed(0)
N = 1500
r = torch.rand(N) * 5 + 2
c = torch.randint(7, 13, (N, 2))
yy, xx = torch.meshgrid(torch.arange(20), torch.arange(20), indexing="ij")
d2 = (xx[None] - c[:, 0, None, None]) ** 2 + (yy[None] - c[:, 1, None, None]) ** 2
img = torch.sigmoid(r[:, None, None] ** 2 - d2.float())[:, None] + 0.1 * torch.randn(N, 1, 20, 20)
ds = TensorDataset(img, r[:, None])
tr, va = random_split(ds, [1200, 300])
tl, vl = DataLoader(tr, 30, shuffle=True), DataLoader(va, 100)

model = nn.Sequential(nn.Flatten(), nn.Linear(400, 64), nn.ReLU(), nn.Linear(64, 1))
loss_fn = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for t in range(10):
    model.train()
    for X, y in tl:
        pred = model(X)
        loss = loss_fn(pred, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    v = 0
    with torch.no_grad():
        for X, y in vl:
            v += loss_fn(model(X), y).item()
    print(f"Epoch {t+1} val {v/len(vl):>8f}")
