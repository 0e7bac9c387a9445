"""Frames, slices and pieces of one file that are split at random are told, items are not."""

import pytest

from fitdoctor.code import read_script
from fitdoctor.records.finding import Finding
from fitdoctor.records.run import Run
from fitdoctor.rules import all_rules

RULE = next(rule for rule in all_rules() if rule.name == "leaked_validation_images")
END = """
x_train, x_test, y_train, y_test = train_test_split(np.array(x), np.array(y), test_size=0.2)
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x_train, y_train, validation_data=(x_test, y_test))
"""
LOOP = """
whole = TensorDataset(torch.tensor(np.array(x)), torch.tensor(y))
one, two = torch.utils.data.random_split(whole, [800, 200])
net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(19200, 3))
opt = torch.optim.Adam(net.parameters())
for epoch in range(9):
    for a, b in DataLoader(one, batch_size=32, shuffle=True):
        opt.zero_grad()
        torch.nn.functional.cross_entropy(net(a), b).backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        print(sum((net(a).argmax(1) == b).sum() for a, b in DataLoader(two, batch_size=32)))
    net.train()
"""
SICK = {
    "frames of each": """
x, y = [], []
for path in glob.glob("films/*/*.avi"):
    film = cv2.VideoCapture(path)
    good, picture = film.read()
    while good:
        x.append(cv2.resize(picture, (80, 80)))
        y.append(path.split("/")[1])
        good, picture = film.read()
""",
    "frames of the only one": """
x, y = [], []
film = cv2.VideoCapture("day.mp4")
for n in range(9000):
    ok, picture = film.read()
    x.append(picture)
    y.append(n > 4000)
""",
    "slices": """
x = []
y = []
for name in os.listdir("heads"):
    head = nib.load(os.path.join("heads", name)).get_fdata()
    for z in range(20, 120):
        x.append(head[:, :, z])
        y.append(name[0] == "t")
""",
    "a grid": """
x, y = [], []
for label, folder in enumerate(folders):
    for name in os.listdir(folder):
        picture = np.asarray(Image.open(folder + "/" + name))
        for top in range(0, 1024, 256):
            for left in range(0, 1024, 256):
                x.append(picture[top:top + 256, left:left + 256] / 255)
                y.append(label)
""",
    "altered copies": """
x, y = [], []
for name, label in table:
    picture = cv2.imread(name)
    for _ in range(6):
        turned = rotate(picture, np.random.uniform(-20, 20))
        x.append(turned)
        y.append(label)
""",
}
HEALTHY = {
    "one image a file": """
x, y = [], []
for label, folder in enumerate(folders):
    for name in os.listdir(folder):
        picture = cv2.imread(folder + "/" + name)
        x.append(cv2.resize(picture, (80, 80)))
        y.append(label)
""",
    "films as items": """
x, y = [], []
for path in glob.glob("films/*/*.avi"):
    film = cv2.VideoCapture(path)
    some = []
    for n in range(16):
        ok, picture = film.read()
        some.append(picture)
    x.append(some)
    y.append(path.split("/")[1])
""",
    "films as items, in a function": """
def read(path):
    film, some = cv2.VideoCapture(path), []
    while True:
        ok, picture = film.read()
        if not ok:
            break
        some.append(picture)
    return np.array(some[:16])
x, y = [], []
for path in glob.glob("films/*/*.avi"):
    x.append(read(path))
    y.append(path.split("/")[1])
""",
    "one frame of each": """
x, y = [], []
for path in glob.glob("films/*/*.avi"):
    film = cv2.VideoCapture(path)
    while True:
        ok, picture = film.read()
        if ok:
            x.append(picture)
            y.append(path.split("/")[1])
            break
""",
    "letters that were found": """
x, y = [], []
for name in os.listdir("plates"):
    picture = cv2.imread("plates/" + name)
    found, _ = cv2.findContours(picture, 1, 2)
    for n, one in enumerate(found):
        a, b, w, h = cv2.boundingRect(one)
        x.append(picture[b:b + h, a:a + w])
        y.append(name[n])
""",
    "a sheet of digits": """
x, y = [], []
sheet = cv2.imread("digits.png", 0)
for row in range(50):
    for column in range(100):
        x.append(sheet[20 * row:20 * row + 20, 20 * column:20 * column + 20])
        y.append(row // 5)
""",
    "arrays of a class": """
x, y = [], []
for label, name in enumerate(names):
    many = np.load(name + ".npy")
    for n in range(len(many)):
        x.append(many[n])
        y.append(label)
""",
}
HEAD = """
import glob, os
import cv2, keras, numpy as np
import nibabel as nib
from PIL import Image
from sklearn.model_selection import train_test_split
import torch
from torch.utils.data import DataLoader, TensorDataset
"""


def found(text):
    script = read_script(HEAD + text)
    assert script.feeds, "nothing is followed"
    outcome = RULE.examine(Run(script=script, recipe=script.recipe))
    return [e.sentence for e in outcome.evidence] if isinstance(outcome, Finding) else []


@pytest.mark.parametrize("text", SICK.values(), ids=SICK)
def test_pieces_of_a_file_on_both_sides_are_told(text):
    (sentence,) = found(text + END)
    assert " of one " in sentence
    assert not found(text + END.replace("test_size=0.2", "test_size=0.2, shuffle=False"))
    assert found(text + LOOP) == [sentence]


@pytest.mark.parametrize("text", HEALTHY.values(), ids=HEALTHY)
def test_items_of_their_own_are_not(text):
    assert not found(text + END)
    assert not found(text + LOOP)
