"""Excerpts of a few lines in a question: what their order says without a loop."""

import pytest

from fitdoctor import doctor
from fitdoctor.sources import pasted


def found(text):
    (run,) = pasted(text)
    return {c.rule: c for c in doctor.examine(run).causes if c.probability >= 0.5}


EARLY = """Why does my classifier of leaves not learn at all, the loss stays the same?

net = torchvision.models.resnet34(pretrained=True)
{}
net.fc = nn.Linear(512, 12)
{}
"""


@pytest.mark.parametrize(
    ("before", "behind", "wrong"),
    [
        ("opt = optim.AdamW(net.fc.parameters(), 1e-3)", "", True),
        ("opt = optim.AdamW(net.parameters(), 1e-3)", "", True),
        ("", "opt = optim.AdamW(net.fc.parameters(), 1e-3)", False),
        (
            "opt = optim.AdamW(net.layer4.parameters(), 1e-4)",
            "head = optim.AdamW(net.fc.parameters(), 1e-3)",
            False,
        ),
        ("opt = optim.AdamW(net.fc.parameters(), 1e-3)", "run_all(net, opt)", False),
    ],
)  # fmt: skip
def test_an_optimizer_of_a_layer_that_is_replaced_below(before, behind, wrong):
    assert ("optimizer_holds_other_weights" in found(EARLY.format(before, behind))) is wrong


ANEW = """My network does not learn anything, each loss is the same.

net = models.resnet18(num_classes=4)
optimizer = torch.optim.Adam(net.parameters(), lr=1e-4)
{}
"""


@pytest.mark.parametrize(
    ("behind", "wrong"),
    [
        ("net = models.resnet50(num_classes=4)", True),
        ("net = models.resnet50(num_classes=4)\nopt = torch.optim.SGD(net.parameters())", False),
        ("net = net.to(device)", False),
        ("net = nn.DataParallel(net)", False),
        ("run(net, optimizer)\nnet = models.resnet50(num_classes=4)", False),
        ("net = models.resnet50(num_classes=4)\nnet.load_state_dict(torch.load(best))", False),
    ],
)
def test_an_optimizer_of_a_network_whose_name_another_one_takes(behind, wrong):
    assert ("optimizer_holds_other_weights" in found(ANEW.format(behind))) is wrong


THAWED = """After thawing nothing changes in my training, the accuracy is the same as before.

net = models.resnet18(pretrained=True)
net.fc = nn.Linear(512, 6)
opt = torch.optim.Adam({held})
{thawed}
{behind}
"""


@pytest.mark.parametrize(
    ("held", "thawed", "behind", "wrong"),
    [
        (
            "net.fc.parameters()",
            "for w in net.layer4.parameters(): w.requires_grad = True",
            "",
            True,
        ),
        ("net.fc.parameters()", "net.layer4.requires_grad_(True)", "", True),
        ("net.fc.parameters()", "net.layer4.requires_grad_(False)", "", False),
        ("net.parameters()", "net.layer4.requires_grad_(True)", "", False),
        (
            "net.fc.parameters()",
            "net.layer4.requires_grad_(True)",
            "opt = torch.optim.Adam(net.parameters(), lr=1e-5)",
            False,
        ),
        (
            "net.fc.parameters()",
            "net.layer4.requires_grad_(True)",
            "opt.add_param_group({'params': net.layer4.parameters()})",
            False,
        ),
    ],
)
def test_what_is_thawed_later_and_held_by_no_optimizer(held, thawed, behind, wrong):
    text = THAWED.format(held=held, thawed=thawed, behind=behind)
    assert ("optimizer_holds_other_weights" in found(text)) is wrong


MONITOR = """The loss falls well and then freezes, what is wrong with my training?

plan = ReduceLROnPlateau({})
for epoch in range(30):
    {}
"""


@pytest.mark.parametrize(
    ("given", "step", "wrong"),
    [
        ("optimizer, mode='max'", "plan.step(test_loss)", True),
        ("optimizer, 'min'", "plan.step(test_loss)", False),
        ("optimizer", "plan.step(val_acc)", True),
        ("monitor='val_loss', mode='min'", "model.fit(x, y, callbacks=[plan])", False),
    ],
)
def test_a_schedule_is_known_by_its_name_without_an_import(given, step, wrong):
    assert ("monitored_the_wrong_way" in found(MONITOR.format(given, step))) is wrong


BY_STEP = "[optimizer], [{'scheduler': decay, 'interval': 'step'}]"
LIGHTNING = """My loss stands still after the first epoch, training in Lightning.

    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=3e-4)
        decay = {}
        return {}
"""


@pytest.mark.parametrize(
    ("made", "given", "wrong"),
    [
        ("MultiStepLR(optimizer, [20, 40])", BY_STEP, True),
        ("MultiStepLR(optimizer, [20, 40])", "[optimizer], [decay]", False),
        ("MultiStepLR(optimizer, [20000])", BY_STEP, False),
        (
            "OneCycleLR(optimizer, 1e-3, epochs=10, steps_per_epoch=90)",
            "[optimizer], [decay]",
            True,
        ),
    ],
)  # fmt: skip
def test_lightning_steps_by_epoch_unless_it_is_told(made, given, wrong):
    assert ("scheduler_stepped_wrongly" in found(LIGHTNING.format(made, given))) is wrong


HALF = """The loss is nan from the second step on, in half precision.

net = build(classes=7).cuda(){}
opt = torch.optim.{}
pred = net(x); loss = F.cross_entropy(pred, y); loss.backward(); opt.step()
"""


@pytest.mark.parametrize(
    ("cast", "made", "wrong"),
    [
        (".half()", "AdamW(net.parameters(), lr=1e-5)", True),
        (".to(torch.float16)", "Adam(net.parameters())", True),
        (".half()", "Adam(net.parameters(), eps=1e-4)", False),
        (".half()", "SGD(net.parameters(), lr=1e-3)", False),
        (".half().float()", "Adam(net.parameters())", False),
    ],
)
def test_weights_in_float16_under_an_epsilon_that_is_nought_there(cast, made, wrong):
    (run,) = pasted(HALF.format(cast, made))
    causes = doctor.examine(run).causes
    seen = [e for c in causes if c.rule == "half_precision_overflow" for e in c.evidence]
    assert any("weights themselves" in e.sentence for e in seen) is wrong


COUNTED = """My test accuracy never changes: {share} in each epoch. There are {images} test images.

hits = 0
for images, labels in test_loader:   # batch_size={batch}
    hits += (net(images).argmax(1) == labels).sum().item()
print(hits / ({divisor}))
"""


@pytest.mark.parametrize(
    ("share", "images", "batch", "divisor", "wrong"),
    [
        ("93.75 %", 150, 32, "len(test_loader) * test_loader.batch_size", True),
        ("90.1 %", 150, 32, "len(test_loader) * test_loader.batch_size", False),
        ("93.75 %", 150, 32, "len(test_loader.dataset)", False),
    ],
)
def test_the_most_that_padded_batches_can_show(share, images, batch, divisor, wrong):
    text = COUNTED.format(share=share, images=images, batch=batch, divisor=divisor)
    assert ("accuracy_miscounted" in found(text)) is wrong


GOES_ON = """After I set the base trainable everything is lost.

encoder.trainable = True
model.compile(optimizer=Adam({rate}), loss='categorical_crossentropy', metrics=['accuracy'])
model.fit(train, validation_data=val, initial_epoch=3, epochs=6)

Epoch 2/3  - loss: 0.61 - accuracy: 0.7912 - val_loss: 0.60 - val_accuracy: 0.8011
Epoch 3/3  - loss: 0.52 - accuracy: 0.8203 - val_loss: 0.55 - val_accuracy: 0.8154
Epoch 4/6  - loss: {loss} - accuracy: {accuracy} - val_loss: 3.1 - val_accuracy: 0.3000
Epoch 5/6  - loss: {loss} - accuracy: {accuracy} - val_loss: 2.1 - val_accuracy: 0.3500
"""


@pytest.mark.parametrize(
    ("rate", "accuracy", "wrong"), [("2e-3", "0.4100", True), ("1e-5", "0.4100", False)]
)
def test_a_fit_that_goes_on_shows_what_its_first_epoch_lost(rate, accuracy, wrong):
    text = GOES_ON.format(rate=rate, accuracy=accuracy, loss="1.70" if wrong else "1.69")
    assert ("backbone_unfrozen_at_high_rate" in found(text)) is wrong


HEAD_APART = """My flowers are stuck at 20 % accuracy with 5 classes, nothing is learned.

gen = ImageDataGenerator({scale}zoom_range=0.1)
base = keras.applications.{base}(include_top=False, weights='imagenet')
head = keras.Sequential([GlobalAveragePooling2D(), Dropout(0.3), Dense(5, activation='softmax')])
"""


@pytest.mark.parametrize(
    ("scale", "base", "wrong"),
    [
        ("rescale=1/255, ", "EfficientNetV2S", True),
        ("rescale=1/255, ", "ConvNeXtTiny", True),
        ("", "EfficientNetV2S", False),
    ],
)
def test_a_head_of_an_excerpt_stands_on_the_base_beside_it(scale, base, wrong):
    text = HEAD_APART.format(scale=scale, base=base)
    assert ("wrong_backbone_preprocessing" in found(text)) is wrong
