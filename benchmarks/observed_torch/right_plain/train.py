import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from data import draw

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.pool = nn.MaxPool2d(2)
        self.drop = nn.Dropout(0.2)
        self.out = nn.Linear(512, 4)

    def forward(self, x):
        x = self.pool(torch.relu(self.norm(self.conv(x))))
        return self.out(self.drop(x.flatten(1)))


model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=8)
criterion = nn.CrossEntropyLoss()
train = DataLoader(TensorDataset(*draw(2000, 81)), batch_size=32, shuffle=True)
val = DataLoader(TensorDataset(*draw(600, 82)), batch_size=100)
best = float("inf")
for epoch in range(8):
    model.train()
    for x, y in train:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
    schedule.step()
    model.eval()
    with torch.no_grad():
        held = sum(criterion(model(x), y).item() * len(y) for x, y in val) / len(val.dataset)
    if held < best:
        best, state = held, {k: v.clone() for k, v in model.state_dict().items()}
    print(epoch, loss.item(), held)
model.load_state_dict(state)
