"""A word or a figure is evidence only of what it names: each page beside one that does name it."""

import pytest

from fitdoctor import doctor
from fitdoctor.errors import UnreadableSourceError
from fitdoctor.records.finding import Diagnosis
from fitdoctor.sources import pasted


def _told(page: str) -> tuple[Diagnosis, list[str]]:
    diagnosis = doctor.diagnose(pasted(page)[0])
    shown = [c for c in diagnosis.causes if any(not e.usual for e in c.evidence)]
    return diagnosis, [cause.rule for cause in shown]


def _said(page: str) -> list[str]:
    return [claim.predicate for claim in pasted(page)[0].claims]


ONE_FOLDER = """VGG16 on mushrooms, is the learning rate too low?

Found {found} files belonging to 9 classes.
Using 1440 files for training.
{again}
Epoch 1/2
45/45 - 9s - loss: 2.19 - accuracy: 0.14 - val_loss: 2.18 - val_accuracy: 0.15
Epoch 2/2
45/45 - 9s - loss: 2.11 - accuracy: 0.20 - val_loss: 2.12 - val_accuracy: 0.19
"""


def test_a_folder_of_which_a_part_is_used_is_one_folder():
    for again in ("", "Found 1800 files belonging to 9 classes."):
        run = pasted(ONE_FOLDER.format(found=1800, again=again))[0]
        assert run.data is not None
        assert (run.data.n_train, run.data.n_val, run.data.n_classes) == (1440, None, 9)
        assert "error_classes_differ" not in [c.predicate for c in run.claims]
    page = ONE_FOLDER.format(found=1800, again="Found 340 files belonging to 8 classes.")
    assert "class_ids_differ_between_splits" in _told(page)[1]


SPLIT = """Why is validation worse than training?

pictures = torchvision.datasets.ImageFolder({folder}, {options})
fit_on, check_on = torch.utils.data.random_split(pictures, [900, 100])
loader = DataLoader(fit_on, batch_size=16, shuffle=True)
checks = DataLoader(check_on, batch_size=16)
for images, labels in loader:
    optimizer.zero_grad()
    criterion(net(images), labels).backward()
    optimizer.step()
"""


@pytest.mark.parametrize("options", ["transform=augmented", "augment_train", "transform=aug"])
def test_what_a_data_set_does_to_images_as_they_are_read_makes_no_copies(options):
    folder = "'beetles/'"
    assert "leaked_validation_images" not in _told(SPLIT.format(folder=folder, options=options))[1]
    named = SPLIT.format(folder="'beetles_augmented/'", options=options)
    assert "leaked_validation_images" in _told(named)[1]


STARTS = "My net for tiles does not learn, the loss stays the same. {}. Keras, 12 layers."


def test_a_weight_that_is_a_setting_is_no_start_of_weights():
    for said in (
        "I raised the weight of the rare one to 50 -> predicts zero of them",
        "With weight 8 for scratches it finds none, with weight 20 it answers zeros",
    ):
        assert "starts_alike" not in _said(STARTS.format(said))
    assert "starts_alike" in _said(STARTS.format("I set all weights to zero at first"))


DECAY = "Crops of an L{}, 12 kinds of trees, the training loss stays high. {}"


def test_a_name_with_l2_in_it_is_no_penalty():
    for said in (DECAY.format("2A product", ""), DECAY.format("2, 15 bands each", "")):
        assert "l2_factor" not in _said(said)
    for penalty in ("L2 of 0.3 on all layers.", "L2 regularisation with factor 2."):
        assert "l2_factor" in _said(DECAY.format("eica camera", penalty))


@pytest.mark.parametrize(
    "said",
    [
        "510 imgs train, 30 imgs val",
        "510 pics to train, 30 pics val",
        "I have 510 imgs for training and 30 imgs for validation",
    ],
)
def test_a_number_is_of_the_part_beside_it_not_of_the_one_that_has_a_number(said):
    data = pasted(f"Why does val accuracy jump? ({said}. 2 kinds of snails)")[0].data
    assert data is not None
    assert (data.n_train, data.n_val) == (510, 30)


REPORT = """{head}
              precision    recall  f1-score   support
        oak        0.91      0.93      0.92        90
        elm        0.92      0.90      0.91        85
        yew        0.50      0.33      0.40         6
   accuracy                            0.90       181
"""


def test_images_that_were_predicted_on_are_no_training_counts():
    diagnosis, _ = _told(REPORT.format(head="What happened to yew? Only the seed is another."))
    seen = [f for f in diagnosis.causes if f.rule == "class_imbalance"]
    assert all("predicted on" in f.evidence[0].sentence for f in seen)
    assert all("class_weight={" not in (f.evidence[0].fix or "") for f in seen)
    counted = "print(Counter(y_train))\nCounter({'oak': 900, 'elm': 850, 'yew': 60})"
    diagnosis, _ = _told(f"What happened to yew, which is never found?\n\n{counted}\n")
    (seen,) = [f for f in diagnosis.causes if f.rule == "class_imbalance"]
    assert "class_weight={" in (seen.evidence[0].fix or "")


SWINGS = """What is it with these?

validation accuracy per epoch: {val}
training accuracy:       .71 .75 .78 .80 .82 .84 .86 .87 .88
"""


def test_swings_are_neither_harmless_nor_healthy():
    diagnosis, _ = _told(SWINGS.format(val=".75 .40 .79 .35 .82 .45 .84 .30 .85"))
    assert diagnosis.verdict == "cannot_tell"
    assert "training_metric_is_regularised" not in [f.rule for f in diagnosis.benign]
    diagnosis, _ = _told(SWINGS.format(val=".70 .74 .76 .79 .80 .83 .84 .85 .85"))
    assert diagnosis.verdict == "healthy"


TAGGED = """f1 is 0, why?

net.add(Dense({units}, activation='{end}'))
net.compile('adam', '{loss}')
print(f1_score(truth, {answers}, average='micro'))
"""


def test_a_micro_average_over_labels_of_their_own_is_no_accuracy():
    for end in (
        {"units": 14, "end": "sigmoid", "loss": "binary_crossentropy", "answers": "answers"},
        {"units": 14, "end": "sigmoid", "loss": "binary_crossentropy", "answers": "scores > 0.3"},
    ):
        assert "misleading_metric" not in _told(TAGGED.format(**end))[1]
    one = {"units": 6, "end": "softmax", "loss": "categorical_crossentropy", "answers": "best"}
    assert "misleading_metric" in _told(TAGGED.format(**one))[1]


def test_one_sigmoid_is_for_two_classes_and_not_for_a_number():
    page = "net.add(Dense(1, activation='{}'))\nnet.compile('sgd', 'categorical_crossentropy')\n"
    diagnosis, causes = _told(page.format("sigmoid"))
    assert causes[0] == "sigmoid_with_categorical_loss"
    assert "loss_unsuited_to_task" not in causes
    assert "binary_crossentropy" in (diagnosis.causes[0].evidence[0].fix or "")
    assert "loss_unsuited_to_task" in _told(page.format("linear"))[1]


WEEKS = """train_set = ImageFolder('/bottles/spring', tf_a)
check_set = ImageFolder({check}, tf_b)
train_loader = DataLoader(train_set, batch_size=32, shuffle=True)
check_loader = DataLoader(check_set, batch_size=32)
net = torchvision.models.resnet18()
net.fc = nn.Linear(512, 8)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
for epoch in range(4):
    net.train()
    for x, y in train_loader:
        optimizer.zero_grad()
        criterion(net(x), y).backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        for x, y in check_loader:
            seen = net(x).argmax(1)

epoch 1 train_loss 0.90 train_acc 0.70 val_loss 4.1 val_acc {val}
epoch 2 train_loss 0.40 train_acc 0.88 val_loss 5.0 val_acc {val}
epoch 3 train_loss 0.20 train_acc 0.94 val_loss 6.3 val_acc {val}
epoch 4 train_loss 0.11 train_acc 0.97 val_loss 7.2 val_acc {val}
"""


def test_far_below_chance_of_two_folders_is_other_numbers_and_no_split():
    causes = _told(WEEKS.format(check="'/bottles/summer'", val="0.02"))[1]
    assert causes[0] == "class_ids_differ_between_splits"
    at_chance = _told(WEEKS.format(check="'/bottles/summer'", val="0.13"))[1]
    assert "class_ids_differ_between_splits" not in at_chance


def test_two_scores_of_models_are_a_question_about_a_training():
    for page in (
        "My models have AUC 0.93 on my own val split but only 0.85 on the leaderboard, always.",
        "Recall is .80 on the test set of last year, .71 on the one of this year. How to mend it?",
    ):
        assert _told(page)[0].verdict == "cannot_tell"
    with pytest.raises(UnreadableSourceError):
        pasted("My blog has 0.93 visitors on an own server but only 0.85 on the rented one.")


WEIGHED = """scaled = ImageDataGenerator(rescale=1 / 255)
reader = scaled.flow_from_directory('welds', (96, 96), class_mode='binary')
net = keras.Sequential([Flatten(), Dense(1, activation='sigmoid')])
net.compile('sgd', 'binary_crossentropy', metrics=['accuracy'])
net.fit(reader, epochs=3, class_weight={weights})

{printed}
Epoch 1/3 - loss: 0.51 - accuracy: 0.90
Epoch 2/3 - loss: 0.44 - accuracy: 0.91
Epoch 3/3 - loss: 0.41 - accuracy: 0.91
"""


NUMBERED = "{'crack': 0, 'fine': 1} [ 300 3000]"


@pytest.mark.parametrize("printed", [NUMBERED, "[[ 2 28]\n [ 1 299]]"])
def test_weights_are_compared_with_the_images_of_the_same_number(printed):
    wrong = WEIGHED.format(weights="{0: 1, 1: 10}", printed=printed)
    assert _told(wrong)[1][0] == "class_weights_upside_down"
    right = WEIGHED.format(weights="{0: 10, 1: 1}", printed=printed)
    assert "class_weights_upside_down" not in _told(right)[1]
    unordered = "I have 3000 fine and 300 crack images."
    assert "class_weights_upside_down" not in _told(
        WEIGHED.format(weights="{0: 1, 1: 10}", printed=unordered)
    )[1]  # fmt: skip


PARTS = """import copy
moths = ImageFolder('moths', transform=strong)
lamp, dusk = random_split(moths, [700, 100])
{between}
batches = DataLoader(lamp, batch_size=25, shuffle=True)
checks = DataLoader(dusk, batch_size=25)
net = torchvision.models.resnet18()
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
for images, labels in batches:
    optimizer.zero_grad()
    nn.CrossEntropyLoss()(net(images), labels).backward()
    optimizer.step()
"""
STEPS = """from torchvision.transforms import *
strong = Compose([RandomHorizontalFlip(), RandomRotation(90), ToTensor()])
plain = Compose([Resize((64, 64)), ToTensor()])
"""


@pytest.mark.parametrize(
    ("between", "lost"),
    [
        ("dusk.dataset.transform = plain", True),
        ("lamp.dataset.transform = strong\ndusk.dataset.transform = plain", True),
        ("dusk.dataset.transform = plain\nlamp.dataset.transform = strong", False),
        ("dusk.dataset = copy.copy(moths)\ndusk.dataset.transform = plain", False),
        ("dusk = copy.deepcopy(dusk)\ndusk.dataset.transform = plain", False),
        ("dusk = copy.copy(dusk)\ndusk.dataset.transform = plain", True),
        ("dusk.transform = plain", False),
        ("", False),
    ],
)
def test_parts_of_a_split_have_the_transforms_of_their_one_set(between, lost):
    causes = _told(STEPS + PARTS.format(between=between))[1]
    assert ("augmentation_replaced" in causes) is lost


def test_the_layers_of_a_network_that_one_has_are_no_change():
    for said in (
        "Our own 2 layer net had 70 %, the pretrained ResNet50 does not learn at all.",
        "My 3 layer network gets 61 %, VGG16 does not improve.",
    ):
        assert not [name for name in _said(said) if name.endswith("fewer_layers")]
    tried = "I tried two layers, it does not learn either, accuracy stays at 10 %."
    assert "in_vain_fewer_layers" in _said(tried)


TAGS = """Is {level} good enough for 25 tags a song?

net.add(Dense(25, activation='sigmoid'))
net.compile('adam', 'binary_crossentropy', metrics=['binary_accuracy'])

Epoch 1/3 - loss: 0.1702 - binary_accuracy: {level}
Epoch 2/3 - loss: 0.1688 - binary_accuracy: {level}
Epoch 3/3 - loss: 0.1681 - binary_accuracy: {last}
"""


def test_an_accuracy_of_each_output_that_rests_is_that_of_no_answer():
    rests = _told(TAGS.format(level="0.9600", last="0.9602"))[1]
    assert "misleading_metric" in rests
    assert "misleading_metric" not in _told(TAGS.format(level="0.9600", last="0.9810"))[1]
