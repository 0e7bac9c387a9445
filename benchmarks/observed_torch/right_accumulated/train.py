import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from data import draw

ACCUMULATE = 4
torch.manual_seed(4)
net = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1),
    nn.GroupNorm(4, 16),
    nn.ReLU(),
    nn.MaxPool2d(4),
    nn.Flatten(),
    nn.Linear(256, 4),
)
optimizer = torch.optim.AdamW(net.parameters(), lr=4e-3, weight_decay=1e-2)
train = DataLoader(TensorDataset(*draw(2400, 91)), batch_size=16, shuffle=True, drop_last=True)
val = DataLoader(TensorDataset(*draw(600, 92)), batch_size=60)
for epoch in range(6):
    net.train()
    optimizer.zero_grad(set_to_none=True)
    for number, (x, y) in enumerate(train, 1):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = nn.functional.cross_entropy(net(x), y)
        (loss / ACCUMULATE).backward()
        if number % ACCUMULATE == 0:
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
    net.eval()
    with torch.inference_mode():
        hits = sum((net(x).argmax(1) == y).sum().item() for x, y in val)
    print(f"{epoch}: {hits / len(val.dataset):.3f}")
