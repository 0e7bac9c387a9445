import numpy as np, torch
import torch.nn as nn, torch.nn.functional as F

rs = np.random.RandomState(11)
def make(n):
    X, Y = [], []
    for _ in range(n):
        k = rs.randint(4)
        yy, xx = np.mgrid[0:16, 0:16]
        t = {0: xx, 1: yy, 2: xx + yy, 3: xx - yy}[k]
        X.append(np.sin(t * rs.uniform(.9, 1.3) + rs.uniform(0, 6)) + rs.randn(16, 16) * .5)
        Y.append(k)
    return torch.FloatTensor(np.array(X))[:, None], torch.LongTensor(Y)

Xtr, Ytr = make(1000)
Xva, Yva = make(300)

class CNN(nn.Module):
    def __init__(self):
        super(CNN, self).__init__()
        self.c1 = nn.Conv2d(1, 12, 5)
        self.bn = nn.BatchNorm2d(12)
        self.c2 = nn.Conv2d(12, 16, 3)
        self.out = nn.Linear(16, 4)
    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn(self.c1(x))), 2)
        x = F.relu(self.c2(x))
        x = x.mean(dim=(2, 3))
        return self.out(x)

model = CNN()
opt = torch.optim.Adam(model.parameters(), lr=3e-3)
bs = 50
for ep in range(8):
    model.train()
    perm = torch.randperm(len(Xtr))
    tot = 0
    for i in range(0, len(Xtr), bs):
        idx = perm[i:i+bs]
        loss = F.cross_entropy(model(Xtr[idx]), Ytr[idx])
        opt.zero_grad(); loss.backward(); opt.step()
        tot += loss.item() * len(idx)
    model.eval()
    with torch.no_grad():
        out = model(Xva)
        vl = F.cross_entropy(out, Yva)
        acc = (out.argmax(1) == Yva).float().mean()
    print(ep, tot / len(Xtr), vl.item(), acc.item())
