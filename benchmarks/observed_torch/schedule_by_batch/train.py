from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from data import draw
from trainer import Trainer

if __name__ == "__main__":
    net = nn.Sequential(nn.Flatten(), nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 4))
    train = DataLoader(TensorDataset(*draw(1280, 61)), batch_size=32, shuffle=True)
    val = DataLoader(TensorDataset(*draw(320, 62)), batch_size=32)
    Trainer(net, 0.02).run(train, val, 12)
