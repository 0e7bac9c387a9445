import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

y = torch.randint(0, 3, (900,))
x = torch.randn(900, 10) + y[:, None]
loader = DataLoader(TensorDataset(x, y), batch_size=30, shuffle=True)
model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 3))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
for epoch in range(10):
    running = 0
    for batch, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(batch), labels)
        loss.backward()
        running += loss.item()
    print(running / len(loader))
