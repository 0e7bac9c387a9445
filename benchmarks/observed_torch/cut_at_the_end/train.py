import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from load import load

rows, kinds = map(torch.from_numpy, load())
cut = int(0.8 * len(rows))
train = DataLoader(TensorDataset(rows[:cut], kinds[:cut]), batch_size=16, shuffle=True)
val = DataLoader(TensorDataset(rows[cut:], kinds[cut:]), batch_size=16)
model = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 5))
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
criterion = nn.CrossEntropyLoss()
for epoch in range(12):
    model.train()
    for x, y in train:
        optimizer.zero_grad()
        criterion(model(x), y).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        losses, hits = [], 0
        for x, y in val:
            out = model(x)
            losses.append(criterion(out, y).item())
            hits += (out.argmax(-1) == y).sum().item()
    print(
        f"epoch {epoch:2d} val_loss {sum(losses) / len(losses):.3f} val_acc {hits / len(val.dataset):.3f}"
    )
