# inside or outside of a drawn ring, all images at once
import math

import torch

torch.manual_seed(7)


def make(n):
    rows, cols = torch.meshgrid(torch.arange(12.0), torch.arange(12.0), indexing="ij")
    pics, labels = [], []
    for i in range(n):
        label = i % 2
        radius = 3.5 + torch.rand(1).item()
        angle = 2 * math.pi * torch.rand(1).item()
        reach = (0.0 if label else 1.0) * (radius + 1.5) + (1.0 if label else 0.0) * torch.rand(1).item()
        ring = torch.exp(-((torch.sqrt((rows - 5.5) ** 2 + (cols - 5.5) ** 2) - radius) ** 2))
        dot = torch.exp(-((rows - 5.5 - reach * math.sin(angle)) ** 2 + (cols - 5.5 - reach * math.cos(angle)) ** 2))
        pics.append(ring + 2 * dot + 0.1 * torch.randn(12, 12))
        labels.append(float(label))
    return torch.stack(pics).flatten(1), torch.tensor(labels).unsqueeze(1)


X, y = make(700)
X_train, y_train, X_val, y_val = X[:500], y[:500], X[500:], y[500:]
model = torch.nn.Sequential(
    torch.nn.Linear(144, 24),
    torch.nn.ReLU(),
    torch.nn.Linear(24, 1),
    torch.nn.Sigmoid(),
)
criterion = torch.nn.BCELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
for epoch in range(150):
    model.train()
    y_pred = model(X_train)
    loss = criterion(y_pred, y_train)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 10 == 9:
        model.eval()
        with torch.no_grad():
            val_pred = model(X_val)
            val_loss = criterion(val_pred, y_val)
            accuracy = ((val_pred > 0.5).float() == y_val).float().mean()
        print(f"{epoch + 1}: {loss.item():.4f} {val_loss.item():.4f} {accuracy.item():.3f}")
