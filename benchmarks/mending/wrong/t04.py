import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

def evaluate(model, loader):
    model.eval()
    hits = 0
    with torch.no_grad():
        for xb, yb in loader:
            hits += (model(xb).argmax(dim=1) == yb).sum().item()
    return hits / len(loader.dataset)

y = torch.randint(0, 3, (900,))
x = torch.randn(900, 10) + y[:, None]
train = DataLoader(TensorDataset(x[:700], y[:700]), batch_size=32, shuffle=True)
valid = DataLoader(TensorDataset(x[700:], y[700:]), batch_size=64)
model = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 3))
crit = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters())

model.train()
for epoch in range(20):
    for xb, yb in train:
        optimizer.zero_grad()
        loss = crit(model(xb), yb)
        loss.backward()
        optimizer.step()
    print(epoch, evaluate(model, valid))
