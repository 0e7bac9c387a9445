from torch import nn


def backbone():
    return nn.Sequential(
        nn.Conv2d(1, 12, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(12, 24, 3, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(4),
        nn.Flatten(),
    )


class Classifier(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.features = backbone()
        self.head = nn.Linear(384, classes)

    def forward(self, x):
        return self.head(self.features(x))


def with_classes(model, classes):
    model.head = nn.Linear(model.head.in_features, classes)
    return model
