import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset
y = torch.randint(0, 3, (900,))
x = torch.randn(900, 10) + y[:, None]
train = DataLoader(TensorDataset(x[:700], y[:700]), batch_size=32, shuffle=True)
valid = DataLoader(TensorDataset(x[700:], y[700:]), batch_size=64)

model = nn.Sequential(nn.Linear(10, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 3))
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=1e-3)

for epoch in range(10):
    model.train()
    for xb, yb in train:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
    model.eval()
    correct = 0
    with torch.no_grad():
        for xb, yb in valid:
            correct += (model(xb).argmax(1) == yb).sum().item()
    print(epoch, correct / len(valid.dataset))
