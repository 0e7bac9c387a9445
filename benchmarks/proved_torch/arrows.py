import random

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

CONFIG = {"seed": 3, "lr": 0.002, "batch": 25, "epochs": 10, "classes": ["up", "right", "down", "left"]}
random.seed(CONFIG["seed"])
np.random.seed(CONFIG["seed"])
torch.manual_seed(CONFIG["seed"])


class ArrowSet(torch.utils.data.Dataset):
    def __init__(self, size, offset=0):
        self.items = []
        for n in range(size):
            label = random.randrange(4)
            canvas = np.random.rand(18, 18) * 0.4
            r, c = random.randint(5, 11), random.randint(5, 11)
            canvas[r - 4 : r + 5, c] = 1
            for k in range(4):
                canvas[r - 4 + k, c - k] = canvas[r - 4 + k, c + k] = 1
            canvas = np.rot90(canvas, -label).copy()
            self.items.append((torch.tensor(canvas, dtype=torch.float32).unsqueeze(0), label + offset))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, idx):
        return self.items[idx]


class ArrowNet(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.conv = nn.Conv2d(1, 10, kernel_size=5, stride=2)
        self.hidden = nn.Linear(10 * 7 * 7, 40)
        self.head = nn.Linear(40, n_classes)

    def forward(self, x):
        x = F.relu(self.conv(x))
        x = torch.flatten(x, 1)
        x = F.relu(self.hidden(x))
        x = F.dropout(x, p=0.3, training=self.training)
        return self.head(x)


def run_epoch(model, batches, opt=None):
    total, hits, loss_sum = 0, 0, 0.0
    for images, targets in batches:
        logits = model(images)
        loss = F.cross_entropy(logits, targets)
        if opt is not None:
            opt.zero_grad()
            loss.backward()
            opt.step()
        loss_sum += loss.item() * targets.shape[0]
        hits += int((logits.argmax(dim=1) == targets).sum())
        total += targets.shape[0]
    return loss_sum / total, hits / total


train_set = torch.utils.data.DataLoader(ArrowSet(1000), batch_size=CONFIG["batch"], shuffle=True)
val_set = torch.utils.data.DataLoader(ArrowSet(250), batch_size=CONFIG["batch"])
net = ArrowNet(len(CONFIG["classes"]))
opt = torch.optim.Adam(net.parameters(), lr=CONFIG["lr"])
for epoch in range(CONFIG["epochs"]):
    net.train()
    train_loss, train_acc = run_epoch(net, train_set, opt)
    net.eval()
    with torch.no_grad():
        val_loss, val_acc = run_epoch(net, val_set)
    print("epoch", epoch, "train", round(train_loss, 3), round(train_acc, 3), "val", round(val_loss, 3), round(val_acc, 3))
