import torch, torchvision
from torch import nn
from torchvision import transforms
from torchvision.datasets import ImageFolder
norm = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
tr = transforms.Compose([transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip(), transforms.ToTensor(), norm])
te = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(), norm])
train = torch.utils.data.DataLoader(ImageFolder("d/train", tr), batch_size=32, shuffle=True)
valid = torch.utils.data.DataLoader(ImageFolder("d/val", te), batch_size=32)
model = torchvision.models.resnet18(weights="IMAGENET1K_V1")
for p in model.parameters():
    p.requires_grad = False
model.fc = nn.Linear(model.fc.in_features, 5)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.fc.parameters(), lr=1e-3)

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
