import torch, torch.nn as nn
from torch.optim.lr_scheduler import CosineAnnealingLR
from torch.utils.data import DataLoader, TensorDataset
EPOCHS = 50
x = torch.randn(5000, 8); y = torch.randint(0, 3, (5000,))
dl = DataLoader(TensorDataset(x, y), batch_size=50, shuffle=True)
model = nn.Sequential(nn.Linear(8, 32), nn.Tanh(), nn.Linear(32, 3))
opt = torch.optim.SGD(model.parameters(), lr=0.1)
sched = CosineAnnealingLR(opt, T_max=EPOCHS)
crit = nn.CrossEntropyLoss()
for epoch in range(EPOCHS):
    total = 0
    for xb, yb in dl:
        opt.zero_grad()
        loss = crit(model(xb), yb)
        loss.backward()
        opt.step()
        sched.step()
        total += loss.item()
    print(epoch, total)
