import torch


def evaluate(model, loader, criterion):
    loss = right = seen = 0
    with torch.no_grad():
        for images, labels in loader:
            scores = model(images)
            loss += criterion(scores, labels).item() * len(labels)
            right += (scores.argmax(1) == labels).sum().item()
            seen += len(labels)
    return loss / seen, right / seen
