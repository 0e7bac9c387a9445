# circles, squares and triangles
import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, Dataset


class Shapes(Dataset):
    def __init__(self, n, seed):
        rng = np.random.RandomState(seed)
        self.images = np.zeros((n, 1, 20, 20), dtype=np.float32)
        self.labels = rng.randint(0, 3, n)
        yy, xx = np.mgrid[:20, :20]
        for i, label in enumerate(self.labels):
            cx, cy, r = rng.randint(7, 13), rng.randint(7, 13), rng.randint(4, 7)
            if label == 0:
                shape = (xx - cx) ** 2 + (yy - cy) ** 2 < r * r
            elif label == 1:
                shape = (abs(xx - cx) < r) & (abs(yy - cy) < r)
            else:
                shape = (yy - cy < r) & (abs(xx - cx) * 2 < yy - cy + r)
            self.images[i, 0] = shape
        self.images += rng.randn(*self.images.shape).astype(np.float32) * 0.1

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return torch.from_numpy(self.images[i]), int(self.labels[i])


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 16, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(16 * 5 * 5, 32)
        self.fc2 = nn.Linear(32, 3)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv1(x)))
        x = self.pool(torch.relu(self.conv2(x)))
        x = x.view(-1, 16 * 5 * 5)
        return self.fc2(torch.relu(self.fc1(x)))


trainloader = DataLoader(Shapes(1200, 0), batch_size=32, shuffle=True)
testloader = DataLoader(Shapes(300, 1), batch_size=64)
net = Net()
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
for epoch in range(10):
    running_loss = 0.0
    for i, data in enumerate(trainloader, 0):
        inputs, labels = data
        optimizer.zero_grad()
        outputs = net(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
    correct = 0
    total = 0
    with torch.no_grad():
        for images, labels in testloader:
            _, predicted = torch.max(net(images), 1)
            total += labels.size(0)
            correct += (predicted == labels).sum().item()
    print("epoch %d loss %.3f acc %.3f" % (epoch + 1, running_loss / len(trainloader), correct / total))
