"""What a script gives to libraries may be anything: no kind of argument ends the reading of it."""

import pytest

from fitdoctor.code import read_script

CALLS = """Dense Conv2D BatchNorm2d Dropout Adam SGD CrossEntropyLoss BCELoss BinaryCrossentropy
CategoricalCrossentropy ImageDataGenerator DataLoader ImageFolder Compose Normalize RandomCrop fit
compile flow_from_directory flow train_test_split EarlyStopping StepLR LambdaLR resnet18
create_model MobileNetV2 Model Sequential Input to_categorical vision_learner fit_one_cycle resize
imread map batch shuffle f1_score softmax Activation Rescaling RandomFlip CosineDecay
WeightedRandomSampler random_split image_dataset_from_directory"""
WORDS = """reduction size_average activation padding weights shape input_shape shuffle batch_size
loss optimizer metrics callbacks epochs validation_data validation_split monitor mode transform
pretrained num_classes average stratify sampler from_logits kernel_regularizer class_mode subset
color_mode rescale learning_rate lr momentum name seed dtype axis dim units trainable pooling
include_top data_format kernel_initializer class_weight train split"""
HEAD = """import numpy as np
from elsewhere import MOD
from torch.nn import BCELoss, CrossEntropyLoss
from keras.layers import Activation, Dense
from keras.losses import CategoricalCrossentropy
from keras.models import Sequential
class C:
    pass
x = np.load('x.npy')
"""


@pytest.mark.costly
@pytest.mark.parametrize(
    "value",
    ["[1, [2]]", "{'a': [1]}", "lambda q: q", "MOD", "C()", "Dense(3)", "Sequential([Dense(2)])",
     "([1], 2)", "x[0]", "np.array([1])", "BCELoss()", "float('nan')", "range(3)", "{MOD}"],
)  # fmt: skip
def test_no_kind_of_argument_ends_the_reading(value):
    words = ", ".join(f"{word}={value}" for word in WORDS.split())
    lines = [f"m{n} = {call}({value}, {value}, {words})\n" for n, call in enumerate(CALLS.split())]
    script = read_script(f"{HEAD}{''.join(lines)}Sequential([Dense(2)]).fit(x, x)\n")
    assert script is not None
    assert script.fed("train")
