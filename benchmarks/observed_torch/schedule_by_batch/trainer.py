import torch
from torch import nn


class Trainer:
    def __init__(self, net, lr):
        self.net = net
        self.opt = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9)
        self.sched = torch.optim.lr_scheduler.StepLR(self.opt, step_size=4, gamma=0.5)
        self.criterion = nn.CrossEntropyLoss()

    def step(self, x, y):
        self.opt.zero_grad()
        loss = self.criterion(self.net(x), y)
        loss.backward()
        self.opt.step()
        self.sched.step()
        return loss.item()

    def run(self, train, val, epochs):
        for epoch in range(epochs):
            self.net.train()
            losses = [self.step(x, y) for x, y in train]
            self.net.eval()
            with torch.no_grad():
                held = [self.criterion(self.net(x), y).item() for x, y in val]
            print(epoch, sum(losses) / len(losses), sum(held) / len(held))
