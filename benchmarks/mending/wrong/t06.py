import torch, torchvision
from torch import nn
from torchvision import transforms
from torchvision.datasets import ImageFolder

tf = transforms.Compose([transforms.Resize((64, 64)), transforms.ToTensor()])
train_set = ImageFolder("cats/train", tf)
loader = torch.utils.data.DataLoader(train_set, batch_size=32, shuffle=False)
model = torchvision.models.resnet18(num_classes=2)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for epoch in range(5):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
