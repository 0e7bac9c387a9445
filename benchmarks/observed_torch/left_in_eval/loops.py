import torch


def train_epoch(model, loader, optimizer, loss_function):
    losses = []
    for x, y in loader:
        loss = loss_function(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return torch.stack(losses).mean().item()


def validate(model, loader, loss_function):
    model.eval()
    with torch.no_grad():
        return torch.stack([loss_function(model(x), y) for x, y in loader]).mean().item()
