import torch
from torch import nn
from torch.utils.data import DataLoader

from sets import make

torch.manual_seed(2)
training_set, validation_set = make()
loaders = {
    "train": DataLoader(training_set, 40, shuffle=True),
    "val": DataLoader(validation_set, 70),
}
net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.MaxPool2d(4), nn.Flatten(), nn.Linear(128, 3))
optimizer = torch.optim.Adam(net.parameters(), 2e-3)
for epoch in range(7):
    for phase in ("train", "val"):
        net.train(phase == "train")
        loss_sum = right = 0
        for x, y in loaders[phase]:
            optimizer.zero_grad()
            with torch.set_grad_enabled(phase == "train"):
                out = net(x)
                loss = nn.functional.cross_entropy(out, y)
                if phase == "train":
                    loss.backward()
                    optimizer.step()
            loss_sum += loss.item() * len(y)
            right += (out.argmax(1) == y).sum().item()
        n = len(loaders[phase].dataset)
        print(f"{epoch} {phase} loss {loss_sum / n:.4f} acc {right / n:.4f}")
