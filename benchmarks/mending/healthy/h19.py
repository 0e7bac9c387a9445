import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
def evaluate(model, loader):
    was = model.training
    model.eval()
    with torch.inference_mode():
        hits = sum((model(a).argmax(1) == b).sum().item() for a, b in loader)
    model.train(was)
    return hits / len(loader.dataset)
y = torch.randint(0, 3, (900,)); x = torch.randn(900, 10) + y[:, None]
train = DataLoader(TensorDataset(x[:700], y[:700]), batch_size=32, shuffle=True)
valid = DataLoader(TensorDataset(x[700:], y[700:]), batch_size=64)
model = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 3))
crit = nn.CrossEntropyLoss()
opt = torch.optim.RMSprop(model.parameters(), lr=1e-3)
for epoch in range(20):
    for a, b in train:
        opt.zero_grad()
        crit(model(a), b).backward()
        opt.step()
    print(evaluate(model, valid))
