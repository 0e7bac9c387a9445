"""Which images loops train on, and what an optimizer moves, is told by what the loops do."""

import numpy as np
import pytest

from fitdoctor.code import read_script
from fitdoctor.records.finding import Finding
from fitdoctor.records.run import Curve, Run
from fitdoctor.records.shapes import with_shapes
from fitdoctor.records.text import to_json
from fitdoctor.rules import all_rules

RULES = {rule.name: rule for rule in all_rules()}


def found(name, text):
    script = read_script(text)
    return isinstance(
        RULES[name].examine(Run(script=script, recipe=with_shapes(script.recipe))), Finding
    )


HEAD = """import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, models, transforms
steps = transforms.Compose([transforms.Resize((96, 96)), transforms.ToTensor()])
net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(70688, 4))
cost = nn.CrossEntropyLoss()
opt = torch.optim.SGD(net.parameters(), lr=0.01)
"""
EPOCH = """def epoch(batches, learn):
    for x, y in batches:
        loss = cost(net(x), y)
        if learn:
            opt.zero_grad()
            loss.backward()
            opt.step()
"""
MAKERS = {
    "names": """one = DataLoader(datasets.ImageFolder("a", steps), 16{one})
other = DataLoader(datasets.ImageFolder("b", steps), 16{other})
for n in range(5):
    epoch(one, True)
    epoch(other, False)
""",
    "dictionary": """parts = {{"train": DataLoader(datasets.ImageFolder("a", steps), 16{one}),
    "check": DataLoader(datasets.ImageFolder("b", steps), 16{other})}}
for n in range(5):
    for part in ("train", "check"):
        epoch(parts[part], part == "train")
""",
    "function": """def load(place):
    return (DataLoader(datasets.ImageFolder(place, steps), 16{one}),
        DataLoader(datasets.ImageFolder(place, steps), 16{other}))
first, second = load("here")
for n in range(5):
    epoch(first, True)
    epoch(second, False)
""",
    "fields": """class Run:
    def __init__(self):
        self.ours = DataLoader(datasets.ImageFolder("a", steps), 16{one})
        self.test_images = DataLoader(datasets.ImageFolder("b", steps), 16{other})
    def go(self):
        for n in range(5):
            epoch(self.ours, True)
            epoch(self.test_images, False)
Run().go()
""",
    "misleading": """train_in_order = DataLoader(datasets.ImageFolder("b", steps), 16{other})
images = DataLoader(datasets.ImageFolder("a", steps), 16{one})
for n in range(5):
    epoch(images, True)
    epoch(train_in_order, False)
""",
}


@pytest.mark.parametrize("maker", MAKERS)
def test_what_loops_train_on_is_shuffled_or_not(maker):
    right = MAKERS[maker].format(one=", shuffle=True", other=", shuffle=False")
    wrong = MAKERS[maker].format(one=", shuffle=False", other=", shuffle=True")
    assert not found("training_not_shuffled", HEAD + EPOCH + right)
    assert found("training_not_shuffled", HEAD + EPOCH + wrong)


def test_batches_that_are_given_to_code_elsewhere_are_no_training():
    text = """from elsewhere import measure, model
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
steps = transforms.ToTensor()
class Study:
    def loaders(self, images):
        return DataLoader(images, 32, shuffle=True), len(images)
    def figures(self):
        batches = DataLoader(datasets.ImageFolder("a", steps), 32, shuffle=False)
        return measure(model, batches)
"""
    assert not found("training_not_shuffled", text)


MOVED = {
    "temperature": """t = torch.nn.Parameter(torch.ones(1))
opt = torch.optim.Adam([t], lr=0.1)
def cost():
    return loss(net(x) / t, y)
""",
    "image": """picture = torch.rand(1, 3, 96, 96, requires_grad=True)
opt = torch.optim.Adam([picture], lr=0.1)
def cost():
    return loss(net(picture), y)
""",
    "network": """opt = torch.optim.Adam(net.parameters(), lr=0.1)
def cost():
    return loss(net(x), y)
""",
}


@pytest.mark.parametrize("moved", MOVED)
def test_the_rate_of_an_optimizer_counts_for_what_it_moves(moved):
    text = f"""import torch
from torchvision import models
net = models.resnet18(weights="DEFAULT")
loss = torch.nn.CrossEntropyLoss()
x, y = torch.load("some.pt")
{MOVED[moved]}
for n in range(200):
    opt.zero_grad()
    cost().backward()
    opt.step()
"""
    assert found("learning_rate_too_high", text) == (moved == "network")


@pytest.mark.parametrize(
    ("thaw", "frozen"),
    [
        ("if 'layer4' in name: p.requires_grad = True", False),
        ("p.requires_grad = name.startswith('fc')", False),
        ("print(name)", True),
    ],
)
def test_weights_that_are_thawed_by_name_are_not_all_frozen(thaw, frozen):
    text = f"""import torch
from torchvision import models
net = models.resnet18(weights="DEFAULT")
net.fc = torch.nn.Linear(512, 5)
for p in net.parameters():
    p.requires_grad = False
for name, p in net.named_parameters():
    {thaw}
opt = torch.optim.Adam([{{"params": net.parameters(), "lr": 1e-3}}])
for x, y in loader:
    opt.zero_grad()
    torch.nn.functional.cross_entropy(net(x), y).backward()
    opt.step()
"""
    assert found("nothing_is_trainable", text) == frozen


KERAS = """import keras
from keras import layers
shake = keras.Sequential([layers.RandomFlip("horizontal"), layers.RandomRotation(0.1)])
def prepare(images, learn=False):
    return images.map(lambda x, y: ({call}, y)).prefetch(2)
ours = prepare(keras.utils.image_dataset_from_directory("a"), True)
held = prepare(keras.utils.image_dataset_from_directory("b"))
net = keras.Sequential([layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(5)])
net.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
net.fit(ours, validation_data=held, epochs=9)
"""


@pytest.mark.parametrize(
    ("call", "augmented"),
    [("shake(x, training=learn)", False), ("shake(x, learn)", False), ("shake(x)", True),
     ("shake(x, training=True)", True), ("shake(x, training=elsewhere(learn))", False)],
)  # fmt: skip
def test_random_layers_in_inference_leave_images_as_they_are(call, augmented):
    assert found("augmentation_on_validation", KERAS.format(call=call)) == augmented


FEATURES = """import numpy as np
import tensorflow as tf
from tensorflow.keras.applications.resnet50 import ResNet50, preprocess_input
from sklearn.linear_model import LogisticRegression
def features(images, net):
    rows, labels = [], []
    for x, y in images:
        rows.append(net.predict({x}))
        labels.append(y)
    return np.vstack(rows), np.hstack(labels)
train_images = tf.keras.utils.image_dataset_from_directory("a", image_size=(224, 224))
val_images = tf.keras.utils.image_dataset_from_directory("b", image_size=(224, 224))
net = ResNet50(include_top=False, pooling="avg")
x_train, y_train = features(train_images, net)
x_val, y_val = features(val_images, net)
judge = LogisticRegression()
judge.fit(x_train, y_train)
"""


def test_images_of_which_a_network_gives_features_are_none_it_is_trained_on():
    text = FEATURES.format(x="preprocess_input(x)")
    assert not found("predict_pipeline_differs", text)
    assert not found("wrong_backbone_preprocessing", text)
    assert not read_script(text).fed("train") or not read_script(text).fed("train")[0].inputs.shown


def test_batches_of_a_loader_that_is_not_shown_may_be_prepared_in_any_way():
    text = """import torch
from torch import nn
from torchvision import datasets, transforms
train_steps = transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.5], [0.2])])
test_steps = transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.5], [0.2])])
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(784, 10)
    def forward(self, x):
        return self.body(x.flatten(1))
    def predict(self, x):
        with torch.no_grad():
            return self(x).argmax(1)
def right(model, batches):
    return sum((model.predict(x) == y).sum().item() for x, y in batches)
def count(model, batches):
    hits = 0
    for x, y in batches:
        hits += (model.predict(x) == y).sum().item()
    return hits
"""
    assert not found("predict_pipeline_differs", text)


TWO = """import torch
from torch import nn
net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(7200, 6))
first = {first}
second = {second}
opt = torch.optim.Adam(net.parameters(), 1e-3)
for x, y, marks in batches:
    opt.zero_grad()
    out = net(x)
    (first(out, y) + 0.1 * second(out.softmax(1), marks)).backward()
    opt.step()
"""


def test_which_of_several_losses_an_output_is_for_is_not_guessed():
    both = TWO.format(first="nn.CrossEntropyLoss()", second="nn.BCELoss()")
    other = TWO.format(first="nn.BCELoss()", second="nn.CrossEntropyLoss()")
    for name in ("binary_loss_for_many_classes", "missing_output_activation"):
        assert not found(name, both)
        assert not found(name, other)


@pytest.mark.parametrize(("beside", "misleads"), [("micro", True), ("macro", False)])
def test_a_micro_average_misleads_where_it_stands_alone(beside, misleads):
    text = f"""from sklearn.metrics import f1_score
import keras
net = keras.Sequential([keras.layers.Dense(5, activation="softmax")])
net.compile("adam", "sparse_categorical_crossentropy")
net.fit(x, y, epochs=9)
answers = net.predict(v).argmax(1)
print(f1_score(w, answers, average="micro"), f1_score(w, answers, average="{beside}"))
"""
    assert found("misleading_metric", text) == misleads


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [("7", "7", False), ("seed", "seed", False), ("3", "seed", True), ("number()", "8", True)],
)
def test_two_shuffles_in_place_by_one_seed_keep_pairs(one, other, apart):
    text = f"""import numpy as np
import keras
seed = 7
photos, kinds = np.load("photos.npy"), np.load("kinds.npy")
np.random.RandomState({one}).shuffle(photos)
np.random.RandomState({other}).shuffle(kinds)
net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(4, activation="softmax")])
net.compile("adam", "sparse_categorical_crossentropy")
net.fit(photos / 255, kinds, epochs=9)
"""
    assert found("images_and_labels_misaligned", text) == apart


def test_a_callback_that_functions_give_on_is_made_once():
    text = """import keras
def stop():
    return keras.callbacks.EarlyStopping(patience=9)
def checked(thing):
    return thing
net = keras.Sequential([keras.layers.Dense(4, activation="softmax")])
net.compile("adam", "sparse_categorical_crossentropy")
net.fit(x, y, validation_split=0.2, epochs=90, callbacks=[checked(stop())])
"""
    (call,) = read_script(text).called("EarlyStopping")
    assert call.arguments["patience"].value == 9


ASIDE = """from elsewhere import Faces
faces = Faces("a")
{making}
for n in range(9):
    for x, y in ours:
        opt.zero_grad()
        {loss}
        loss.backward()
        opt.step()
    with torch.no_grad():
        for x, y in held:
            {judged}
            print(loss.item())
"""
STATISTICS = """def middle(batches):
    for x, y in batches:
        held = x
    return held.mean(0), held.std(0)
m, s = middle(DataLoader(faces, 500, shuffle=False))
ours = DataLoader(faces, 16, shuffle={shuffle})
held = DataLoader(Faces("b"), 16)"""
PLAIN = """ours = DataLoader(faces, 16, shuffle={shuffle})
held = DataLoader(Faces("b"), 16, shuffle=False)"""
ADDED_UP = "loss = 0\n{0}if faces.flag:\n{0}    loss += cost(net(x), y)"
OF_TRAINING = {
    "a mean of the images": (STATISTICS, "loss = cost(net((x - m) / s), y)",
                             "loss = cost(net((x - m) / s), y)"),
    "a sum that may stay": (PLAIN, ADDED_UP.format(" " * 8), ADDED_UP.format(" " * 12)),
}  # fmt: skip


@pytest.mark.parametrize("kind", OF_TRAINING)
@pytest.mark.parametrize("shuffle", [True, False])
def test_only_what_a_loop_learns_from_is_asked_to_be_shuffled(kind, shuffle):
    making, loss, judged = OF_TRAINING[kind]
    text = HEAD + ASIDE.format(making=making.format(shuffle=shuffle), loss=loss, judged=judged)
    assert found("training_not_shuffled", text) == (not shuffle)


@pytest.mark.parametrize(("train", "sick"), [("shuffle=True", False), ("shuffle=False", True)])
def test_unlabelled_test_images_beside_training_need_no_order(train, sick):
    text = f"""{HEAD}
train_batches = DataLoader(datasets.ImageFolder("a", steps), 16, {train})
test_batches = DataLoader(datasets.ImageFolder("b", steps), 16, shuffle=False)
for (x, y), (z, _) in zip(train_batches, test_batches):
    opt.zero_grad()
    loss = cost(net(x), y) + net(z).softmax(1).pow(2).mean()
    loss.backward()
    opt.step()
"""
    assert found("training_not_shuffled", text) == sick


@pytest.mark.parametrize(
    ("sampler", "sick"),
    [("DistributedSampler(faces)", False), ("DistributedSampler(faces, shuffle=False)", True),
     ("WeightedRandomSampler(w, 99)", False), ("SequentialSampler(faces)", True), ("None", True)],
)  # fmt: skip
def test_a_sampler_says_whether_images_are_shuffled(sampler, sick):
    text = f"""{HEAD}from torch.utils.data import *
faces = datasets.ImageFolder("a", steps)
ours = DataLoader(faces, 16, shuffle=False, sampler={sampler})
for n in range(9):
    for x, y in ours:
        opt.zero_grad()
        cost(net(x), y).backward()
        opt.step()
"""
    assert found("training_not_shuffled", text) == sick


SPLIT = """import glob
import tensorflow as tf
from sklearn.model_selection import train_test_split
files = sorted(glob.glob("leaves/*/*.png"))
marks = [kinds.index(f.split("/")[1]) for f in files]
{split}
ours = tf.data.Dataset.from_tensor_slices((files, marks)).map(read).batch(16)
net = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(4)])
net.compile("adam", tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))
net.fit(ours, epochs=9)
"""


@pytest.mark.parametrize(
    ("split", "sick"),
    [("", True), ("files, held, marks, known = train_test_split(files, marks)", False),
     ("files, held, marks, known = train_test_split(files, marks, shuffle=False)", True)],
)  # fmt: skip
def test_what_a_split_mixed_is_not_sorted(split, sick):
    assert found("training_not_shuffled", SPLIT.format(split=split)) == sick


CYCLE = """from tensorflow import keras
from {module} import CyclicLR
up_and_down = CyclicLR(base_lr=2e-6, max_lr={top}, step_size=800)
net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(5, activation="softmax")])
net.compile(keras.optimizers.RMSprop(2e-6), "sparse_categorical_crossentropy")
net.fit(x, y, epochs=60, callbacks=[up_and_down])
"""


@pytest.mark.parametrize(("top", "low"), [("2e-3", False), ("4e-6", True)])
def test_of_a_rate_that_goes_up_and_down_the_top_counts(top, low):
    assert found("learning_rate_too_low", CYCLE.format(module="cycles", top=top)) == low


@pytest.mark.parametrize(
    ("network", "low"),
    [('keras.models.load_model("best.h5")', False),
     ("keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(5)])", True)],
)  # fmt: skip
def test_a_network_that_is_loaded_whole_is_tuned_at_a_lower_rate(network, low):
    text = f"""from tensorflow import keras
net = {network}
net.compile(keras.optimizers.Adam(9e-6), "sparse_categorical_crossentropy")
net.fit(x, y, epochs=30)
"""
    script = read_script(text)
    loss = Curve(epochs=np.arange(1, 31), values=np.linspace(1.6, 0.9, 30))
    run = Run(script=script, recipe=script.recipe, curves={"loss": loss})
    assert isinstance(RULES["learning_rate_too_low"].examine(run), Finding) == low


MASKS = """from tensorflow import keras
read = keras.preprocessing.image.ImageDataGenerator(rescale=1 / 255)
one = read.flow_from_directory("a", class_mode={mode}, shuffle=False)
other = read.flow_from_directory("b", class_mode={mode}, shuffle=False)
net = keras.Sequential([keras.layers.Conv2D(3, 3, padding="same", activation="softmax")])
net.compile("adam", "categorical_crossentropy")
net.fit({given}, epochs=9)
"""


@pytest.mark.parametrize(
    ("mode", "given", "sick"),
    [("None", "zip(one, other)", False), ("'categorical'", "one", True)],
)
def test_images_in_step_with_their_masks_keep_their_order(mode, given, sick):
    assert found("training_not_shuffled", MASKS.format(mode=mode, given=given)) == sick


READ_AT_ONCE = """import keras
from keras import layers, utils
{assigned}utils.image_dataset_from_directory("birds", validation_split=0.2, subset="both", seed=4)
{then}net = keras.Sequential([layers.Flatten(), layers.Dense(6, "softmax")])
net.compile("adam", "{loss}")
net.fit(train, validation_data=val)
"""


@pytest.mark.parametrize(
    ("assigned", "then"), [("train, val = ", ""), ("sets = ", "train, val = sets\n")]
)
@pytest.mark.parametrize("loss", ["categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_both_parts_of_a_folder_that_are_read_at_once_are_sets(assigned, then, loss):
    text = READ_AT_ONCE.format(assigned=assigned, then=then, loss=loss)
    assert found("label_encoding_mismatch", text) is (loss == "categorical_crossentropy")
    parts = [
        [o.value for o in read_script(text).fed(part)[0].inputs.operations if o.name == "subset"]
        for part in ("train", "validation")
    ]
    assert parts == [["training"], ["validation"]]


@pytest.mark.parametrize(
    ("counted", "wrong"),
    [("hits / scores.shape[0]", False), ("hits / len(given)", False), ("hits", True)],
)
def test_hits_by_the_rows_of_a_batch_are_a_share(counted, wrong):
    text = (
        HEAD
        + f"""
photos = DataLoader(datasets.ImageFolder("seeds", steps), 16, True)
def judged(scores, wanted, given):
    hits = (scores.argmax(1) == wanted).sum().item()
    return {counted}
for epoch in range(5):
    right = 0
    for given, wanted in photos:
        opt.zero_grad()
        scores = net(given)
        cost(scores, wanted).backward()
        opt.step()
        right += judged(scores, wanted, given)
    print(right / len(photos))
"""
    )
    assert found("accuracy_miscounted", text) is wrong


@pytest.mark.parametrize(
    ("written", "sick"),
    [("from torch.utils.data import DataLoader as Feed", True), ("from feeds import Feed", False)],
)
def test_a_loader_of_the_script_s_own_modules_has_only_its_name_of_torch(written, sick):
    text = f"""import torch
{written}
from torchvision import datasets, transforms
net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 10))
opt = torch.optim.SGD(net.parameters(), lr=0.01)
cost = torch.nn.CrossEntropyLoss()
photos = Feed(datasets.ImageFolder("seeds", transforms.ToTensor()), 64, False)
for epoch in range(9):
    for x, y in photos:
        opt.zero_grad()
        cost(net(x), y).backward()
        opt.step()
""".replace("Feed", "DataLoader").replace(" as DataLoader", "")
    assert found("training_not_shuffled", text) is sick


@pytest.mark.parametrize(("second", "same"), [("held", False), ("learned", True)])
def test_images_by_a_table_are_those_of_its_rows(second, same):
    text = f"""
import pandas as pd
from keras.preprocessing.image import ImageDataGenerator
from keras import layers, models
learned, held = pd.read_csv("a.csv"), pd.read_csv("b.csv")
made = ImageDataGenerator(rescale=1 / 255)
one = made.flow_from_dataframe(learned, "photos", "file", "kind")
two = made.flow_from_dataframe(dataframe={second}, directory="photos", x_col="file", y_col="kind")
net = models.Sequential([layers.Flatten(), layers.Dense(6, activation="softmax")])
net.compile("adam", "categorical_crossentropy")
net.fit(one, validation_data=two, epochs=9)
"""
    assert found("leaked_validation_images", text) is same


def test_what_is_not_known_of_a_feed_is_written_down_as_that():
    script = read_script("""
import sys
from keras.preprocessing.image import ImageDataGenerator
from keras import layers, models
mode = choose(sys.argv)
photos = ImageDataGenerator().flow_from_directory("seeds", class_mode=mode[0], color_mode=mode)
net = models.Sequential([layers.Flatten(), layers.Dense(6, activation="softmax")])
net.compile("adam", "categorical_crossentropy")
net.fit(photos, epochs=9)
""")
    assert '"class_mode"' in to_json(script)


@pytest.mark.parametrize(
    ("scaled", "sick"), [("layers.Rescaling(1 / 255)(given)", True), ("given", False)]
)
def test_layers_that_a_backbone_is_built_on_come_before_it(scaled, sick):
    text = f"""
import keras
from keras import layers
photos = keras.utils.image_dataset_from_directory("seeds", image_size=(240, 240))
given = keras.Input((240, 240, 3))
body = keras.applications.EfficientNetB1(include_top=False, input_tensor={scaled})
end = layers.Dense(7, activation="softmax")(layers.GlobalAveragePooling2D()(body.output))
net = keras.Model(given, end)
net.compile("adam", "sparse_categorical_crossentropy")
net.fit(photos, epochs=9)
"""
    assert found("wrong_backbone_preprocessing", text) is sick
