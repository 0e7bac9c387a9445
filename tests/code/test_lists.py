"""Lists of files and names: their order, their copies, and what is numbered by them."""

import ast

import pytest

from fitdoctor.code.lists import calls_of_lists


def found(text):
    return {call.name for call in calls_of_lists(ast.parse(text))}


FOLDERS = """
def load(place):
    paths, labels = [], []
    {names}
    for number, animal in enumerate({listed}):
        for photo in (pathlib.Path(place) / animal).glob('*.jpg'):
            paths.append(photo)
            labels.append({label})
    return paths, labels

x_train, y_train = load('photos/train')
x_test, y_test = load('photos/test')
"""


@pytest.mark.parametrize(
    ("names", "listed", "label", "wrong"),
    [
        ("", "os.listdir(place)", "number", True),
        ("animals = [a for a in os.listdir(place) if a != '.git']", "animals", "number", True),
        ("animals = list(os.scandir(place))", "animals", "number", True),
        ("animals = sorted(os.listdir(place))", "animals", "number", False),
        ("animals = os.listdir(place); animals.sort()", "animals", "number", False),
        ("", "['cat', 'dog']", "number", False),
        ("", "os.listdir(place)", "TABLE[animal]", False),
    ],
)
def test_class_folders_that_are_numbered_as_they_are_listed(names, listed, label, wrong):
    text = FOLDERS.format(names=names, listed=listed, label=label)
    assert ("classes_as_listed" in found(text)) is wrong


def test_a_table_of_class_numbers_by_a_listing():
    text = "label_of = {name: k for k, name in enumerate(os.listdir('flowers'))}"
    assert found(text) == {"classes_as_listed"}
    assert not found(text.replace("os.listdir('flowers')", "sorted(os.listdir('flowers'))"))


@pytest.mark.parametrize(
    ("again", "wrong"),
    [
        ("names = list(names)", True),
        ("names = [n for n in names if n]", True),
        ("names = sorted(names)", False),
        ("names = other(names)", False),
    ],
)
def test_names_that_are_made_of_themselves(again, wrong):
    text = f"names = os.listdir(root)\n{again}\nclass_of = {{n: i for i, n in enumerate(names)}}"
    assert bool(found(text)) is wrong


def test_the_place_of_a_name_in_a_listing():
    text = "kinds = os.listdir(root)\nfor p in paths:\n    label = kinds.index(p.parent.name)"
    assert found(text) == {"classes_as_listed"}
    assert not found(text.replace("os.listdir(root)", "sorted(os.listdir(root))"))


def test_files_that_are_counted_are_no_classes():
    text = """
for i, name in enumerate(os.listdir(folder)):
    images[i] = cv2.imread(os.path.join(folder, name))
"""
    assert not found(text)


WEIGHTS = """
train = {reader}
images = {table}
total = sum(images.values())
{made}
{used}
"""
TURNED = "{'sand': 90, 'clay': 800}"
NAMED = "keras.utils.image_dataset_from_directory('soil', class_names=['sand', 'clay'])"
BY_INDEX = "w = {train.class_names.index(s): total / n for s, n in images.items()}"
IN_LIST = "w = [total / n for n in images.values()]"
HALVES = "a, b = random_split(files, [n, n])"
BY_FOLDER = "keras.utils.image_dataset_from_directory('soil')"
FIT = "net.fit(train, class_weight=w)"
LOSS = "cost = nn.CrossEntropyLoss(weight=torch.tensor(w))"
IN_TURN = "w = {k: total / n for k, n in enumerate(images.values())}"


@pytest.mark.parametrize(
    ("reader", "table", "made", "used", "wrong"),
    [
        (BY_FOLDER, TURNED, IN_TURN, FIT, True),
        ("ImageFolder('soil')", TURNED, IN_LIST, LOSS, True),
        (BY_FOLDER, "{'clay': 800, 'sand': 90}", IN_TURN, FIT, False),
        (NAMED, TURNED, IN_TURN, FIT, False),
        (BY_FOLDER, TURNED, BY_INDEX, FIT, False),
        (BY_FOLDER, TURNED, IN_TURN, "print(w)", False),
        ("own_reader('soil')", TURNED, IN_TURN, FIT, False),
    ],
)  # fmt: skip
def test_weights_in_the_order_of_a_table(reader, table, made, used, wrong):
    text = WEIGHTS.format(reader=reader, table=table, made=made, used=used)
    assert ("weights_reordered" in found(text)) is wrong


SPLIT = """
sick = glob.glob('scans/sick/*.png')
well = glob.glob('scans/well/*.png')
{before}
{split}
{behind}
"""
CUT = "a, b = train_test_split(files, test_size=0.2)"


@pytest.mark.parametrize(
    ("before", "split", "behind", "wrong"),
    [
        ("files = well + sick * 12", CUT, "", True),
        ("more = random.choices(sick, k=len(well))\nfiles = well + more", CUT, "", True),
        ("times = 9\nmany = times * sorted(sick)\nfiles = [(f, 1) for f in many]", CUT, "", True),
        ("files = pd.concat([table, few.sample(900, replace=True)])", CUT, "", True),
        ("files = table.sample(frac=1)", CUT, "", False),
        ("files = well + sick", CUT, "a = a * 12", False),
        ("files = well + sick * 1", CUT, "", False),
        ("files = well + sick * 12", CUT.replace("0.2", "0.2, shuffle=False"), "", False),
        ("files = well + sick\nn = 0.2 * len(files)", HALVES, "", False),
    ],
)  # fmt: skip
def test_files_that_are_repeated_before_a_split(before, split, behind, wrong):
    text = SPLIT.format(before=before, split=split, behind=behind)
    assert ("copied_before_split" in found(text)) is wrong
