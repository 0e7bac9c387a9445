import torch
from torch import nn
class Trainer:
    def __init__(self, model, train_loader, val_loader, lr=1e-3):
        self.model = model
        self.train_loader, self.val_loader = train_loader, val_loader
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=lr)

    def train_epoch(self):
        self.model.train()
        for x, y in self.train_loader:
            loss = self.criterion(self.model(x), y)
            loss.backward()
            self.optimizer.step()

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        hits = total = 0
        for x, y in self.val_loader:
            hits += (self.model(x).argmax(1) == y).sum().item()
            total += len(y)
        return hits / total

    def fit(self, epochs):
        for epoch in range(epochs):
            self.train_epoch()
            print(epoch, self.validate())

x = torch.randn(1000, 20); y = torch.randint(0, 3, (1000,))
ds = torch.utils.data.TensorDataset(x, y)
tl = torch.utils.data.DataLoader(ds, batch_size=32, shuffle=True)
vl = torch.utils.data.DataLoader(ds, batch_size=128)
Trainer(nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 3)), tl, vl).fit(5)
