import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset
y = torch.randint(0, 3, (900,))
x = torch.randn(900, 10) + y[:, None]
train = DataLoader(TensorDataset(x[:700], y[:700]), batch_size=32, shuffle=True)
valid = DataLoader(TensorDataset(x[700:], y[700:]), batch_size=64)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(10, 64)
        self.b = nn.Linear(64, 3)
    def forward(self, x):
        return torch.log_softmax(self.b(torch.relu(self.a(x))), dim=1)
model = Net()
criterion = nn.NLLLoss()
optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

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
