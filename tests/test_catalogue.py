"""The catalogue: its rows agree with each other, and its names stand nowhere else."""

import ast
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import fitdoctor
from fitdoctor.catalogue import backbones, datasets, layers, losses, optimizers, signatures

SOURCE = Path(fitdoctor.__file__).parent
ALLOWED = {
    "stories": "recipes of trainings that people asked about",
    "observe/keras2/gone.py": "names that Keras 3 has no more, read off the libraries",
    "observe/keras2/places.py": "where names of former releases stand, read off them",
    "training/squeezenet.py": "the network that is built here",
    "rules/attribute_misspelt.py": "scripts that are its cases",
    "rules/optimizer_holds_other_weights.py": "excerpts that are its cases",
    "rules/random_weights_frozen.py": "recipes that are its cases",
}
"""Where names of backbones may stand, and why. Pages and cases of rules may as well: they are
examples, which no behaviour depends on."""
NAMES = re.compile(
    "|".join(
        sorted({re.sub(r"V\d$", "", f.name) for f in backbones.FAMILIES}, key=len, reverse=True)
    ),
    re.IGNORECASE,
)


def strings(tree):
    """Yield the texts of a module that are neither documentation nor an example of a rule."""
    left = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            left.add(node.value)
        if isinstance(node, ast.keyword) and node.arg in {"sick", "healthy", "advice"}:
            left |= set(ast.walk(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in left:
            yield node.lineno, node.value


def outside():
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if not name.startswith(("catalogue/", *ALLOWED)):
            yield path, name


def named(text):
    """Return the backbones that a text names as a word of their own."""
    return [m[0] for m in NAMES.finditer(text) if not _is_of_another_word(text, m)]


def _is_of_another_word(text, found):
    before, after = text[: found.start()], text[found.end() :]
    return bool(re.search(r"[A-Za-z]$", before)) or bool(re.match(r"[a-z]", after))


@pytest.mark.parametrize(("path", "name"), list(outside()), ids=lambda x: str(x)[-40:])
def test_no_backbone_is_named_outside_the_catalogue(path, name):
    found = [
        f"{name}:{line}: {words}"
        for line, text in strings(ast.parse(path.read_text()))
        if (words := named(text))
    ]
    assert found == []


def with_row(module, table, row, then):
    """Run code in a process in which a table of the catalogue has one more row.

    The row stands first, as one of a design that is told from all others would.
    """
    first = f"""
        import importlib.util, sys
        from pathlib import Path
        import fitdoctor.catalogue
        name = "fitdoctor.catalogue.{module}"
        path = Path(fitdoctor.catalogue.__file__).with_name("{module}.py")
        text = path.read_text()
        at = text.index("= (", text.index("{table}: Final")) + 3
        made = importlib.util.module_from_spec(importlib.util.spec_from_file_location(name, path))
        sys.modules[name] = fitdoctor.catalogue.{module} = made
        exec(compile(text[:at] + {row!r} + text[at:], str(path), "exec"), made.__dict__)
    """
    code = textwrap.dedent(first) + textwrap.dedent(then)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


NETWORK = """
    Family(name="GhostNet", begins="ghostnet", written=r"ghostnet(?:[ -]?[ab])?", norm="none",
           keras={"GhostNetA": 640}, modules=("ghostnet",), inputs=RANGE, head="last",
           torchvision=r"ghostnet_[ab]", dropout=frozenset({"head"})),"""
IN_KERAS = """
import keras
(x, y), _ = keras.datasets.cifar10.load_data()
base = keras.applications.GhostNetA(include_top=False, weights="imagenet", input_shape=(96, 96, 3))
net = keras.Sequential([base, keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
net.compile("adam", "sparse_categorical_crossentropy")
net.fit(x, y, epochs=9)
"""
IN_TORCH = """
import torch, torchvision
net = torchvision.models.ghostnet_a(weights="DEFAULT")
net.fc = torch.nn.Linear(64, 5)
for x, y in loader:
    torch.nn.functional.cross_entropy(net(x), y).backward()
"""
ASKED = "My loss does not fall. I use a GhostNet with Adam, and its accuracy stays at 10 %."
SETTINGS = """lr: 0.1
model: ghostnet_a
batch_size: 64
opt: sgd
sched: cosine
pretrained: true
"""


def test_a_backbone_of_one_row_is_known_in_every_room():
    then = f"""
        IN_KERAS, IN_TORCH, ASKED, SETTINGS = {IN_KERAS!r}, {IN_TORCH!r}, {ASKED!r}, {SETTINGS!r}
        from fitdoctor.code import read_script
        from fitdoctor.facts import fact
        from fitdoctor.records.rates import bears_less
        from fitdoctor.records.recipe import Backbone, Recipe
        from fitdoctor.records.run import HEAD_BESIDE, Run
        from fitdoctor.records.shapes import with_shapes
        from fitdoctor.rules.wrong_backbone_preprocessing import RULE
        from fitdoctor.sources import _described, _keras_config, pasted, settings
        from fitdoctor.training import pretrained

        script = read_script(IN_KERAS)
        backbone = script.recipe.backbone
        assert (backbone.name, backbone.weights) == ("GhostNetA", "imagenet")
        flat = with_shapes(Recipe(backbone=backbone, layers=script.recipe.layers, image_size=96))
        assert flat.layers[0].output_shape == (3 * 3 * 640,)
        said = [e.sentence for e in RULE.check(recipe=script.recipe, script=script)]
        assert any("GhostNetA wants -1..1" in sentence for sentence in said), said
        run = Run(recipe=Recipe(backbone=backbone))
        assert fact("batchnorm").seen(run) == "no"
        assert bears_less(Recipe(backbone=Backbone(name="GhostNetA", weights="none")))

        loop = read_script(IN_TORCH)
        assert loop.recipe.backbone.name == "ghostnet_a"
        assert [c.arguments["head"].value for c in loop.called(HEAD_BESIDE)] == ["last"]

        assert _keras_config.backbone_named("ghostnet_a_1").name == "GhostNetA"
        assert _described.backbone(["I train a pre-trained GhostNet-A."]).name == "GhostNetA"
        (run,) = pasted(ASKED)
        used = [c.subject.named for c in run.claims if c.predicate == "network_used"]
        assert used == ["ghostnet"]
        told = settings.find_model(SETTINGS.splitlines())
        assert told.recipe.backbone.name == "GhostNetA"

        pretrained.check_name("GhostNetA")
        assert pretrained.preprocessing("GhostNetA") == "tf"
    """
    with_row("backbones", "FAMILIES", NETWORK, then)


LOSS = r"""
    Loss(name="folded_error", also=("fde",), of="numbers", written=r"\bfolded[ _-]error\b",
         torch=(InTorch("FoldedLoss", "folded_loss"),)),"""
COMPILED = """
import keras
net = keras.Sequential([keras.layers.Dense(5, "softmax")])
net.compile("adam", "fde")
net.fit(x, y)
"""
LOOP = """
import torch
from torch import nn
net = nn.Sequential(nn.Linear(9, 5))
cost = nn.FoldedLoss()
for x, y in loader:
    cost(net(x), y).backward()
"""
SAID = "I train a CNN to tell five birds apart. My loss is the folded error and it stays at 2.3."


def test_a_loss_of_one_row_is_known_in_every_room():
    then = f"""
        COMPILED, LOOP, SAID = {COMPILED!r}, {LOOP!r}, {SAID!r}
        from fitdoctor.code import read_script
        from fitdoctor.records.in_torch import in_torch
        from fitdoctor.sources import pasted

        keras = read_script(COMPILED)
        assert keras.recipe.loss == "folded_error" and keras.recipe.fits_numbers
        assert read_script(LOOP).recipe.loss == "folded_error"
        assert in_torch("5 units under folded_error") == "5 units under FoldedLoss"
        (run,) = pasted(SAID)
        used = [c.subject.named for c in run.claims if c.predicate == "loss_used"]
        assert used == ["folded_error"]
    """
    with_row("losses", "LOSSES", LOSS, then)


IMAGES = """
    Images(name="runes49", torchvision="Runes49", training=1200, classes=49, digits=True),"""
FED = """
import torch, torchvision
from torch import nn
ready = torchvision.transforms.ToTensor()
train = torchvision.datasets.Runes49(".", train=True, transform=ready)
loader = torch.utils.data.DataLoader(train, batch_size=32, shuffle=True)
net = nn.Sequential(nn.Flatten(), nn.Linear(784, 49))
cost = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters())
for epoch in range(9):
    for x, y in loader:
        optimizer.zero_grad()
        cost(net(x), y).backward()
        optimizer.step()
"""


def test_a_data_set_of_one_row_is_known_in_every_room():
    then = f"""
        FED = {FED!r}
        from fitdoctor.catalogue.datasets import holds_digits
        from fitdoctor.records.flow import holds_pixels
        from fitdoctor.records.run import Flow
        from fitdoctor.sources import pasted

        assert holds_pixels(Flow(origin="keras.datasets.runes49.load_data()[0][0]"))
        assert holds_digits("torchvision.datasets.Runes49('.')")
        (run,) = pasted(FED)
        assert (run.data.n_train, run.data.n_classes) == (1200, 49), run.data
    """
    with_row("datasets", "IMAGES", IMAGES, then)


def test_rows_of_a_table_have_names_of_their_own():
    for names in (
        [f.name for f in backbones.FAMILIES],
        [o.name for o in optimizers.OPTIMIZERS],
        [x.name for x in losses.LOSSES if x.name],
        [x.name for x in layers.LAYERS],
        [s.name for s in (*datasets.IMAGES, *datasets.TABLES)],
    ):
        assert len(names) == len(set(names))


@pytest.mark.parametrize("known", backbones.FAMILIES, ids=lambda f: f.name)
def test_every_name_of_a_network_leads_to_its_own_row(known):
    for name in (*known.keras, *known.others):
        assert backbones.family(name) is known
    for name in known.keras:
        assert backbones.is_of_keras(name)
        assert backbones.INPUTS[backbones.module_of(name)] == known.inputs
        assert backbones.member(name.lower()) == name


def test_a_model_is_known_by_what_older_versions_called_it():
    assert backbones.member("NASNet") == "NASNetMobile"
    assert backbones.member("nasnet_large") == "NASNetLarge"


def test_what_people_write_compiles_and_counts_no_group():
    for pattern in (backbones.written(), optimizers.WRITTEN, losses.WRITTEN):
        assert re.compile(pattern).groups == 0


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("vgg16", False),
        ("vgg16_bn", True),
        ("VGG19", False),
        ("googlenet", True),
        ("squeezenet1_1", False),
        ("vit_b_16", False),
        ("google/vit-base-patch16-224", False),
        ("swin_t", False),
        ("convnext_tiny", False),
        ("regnet_y_8gf", True),
        ("SomebodysNet", True),
    ],
)
def test_batchnorm_is_known_by_the_name_in_any_library(name, holds):
    assert backbones.holds_batchnorm(name) is holds


def test_a_default_rate_that_versions_do_not_share_is_not_known_without_one():
    assert optimizers.default_rate("Nadam") is None
    assert optimizers.default_rate("Nadam", "keras 2.2") == 0.002
    assert optimizers.default_rate("RMSprop") == 0.001


def test_layers_are_given_what_their_signature_says():
    assert signatures.KERAS["MaxPooling2D"][:3] == ("pool_size", "strides", "padding")
    assert layers.POSITIONAL["Conv2D"][:4] == ("units", "kernel_size", "strides", "padding")
    gone = {"RandomHeight", "RandomWidth", "ThresholdedReLU"}
    assert layers.NAMES - signatures.KERAS.keys() <= gone | {"Add", "Average", "Multiply"}


@pytest.mark.slow
@pytest.mark.xdist_group("keras")
def test_rows_are_as_the_installed_keras_has_them():
    import keras

    from benchmarks import catalogue

    assert list(catalogue.differing(keras, "keras 3")) == []
    told = catalogue.of_keras(keras)
    assert told.keys() == signatures.KERAS.keys()
    assert all(told[name][: len(row)] == row for name, row in signatures.KERAS.items())
