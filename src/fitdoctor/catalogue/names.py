"""Names of libraries, and how names in them are turned into each other."""

from __future__ import annotations

import re
import sys
from typing import Final

_OTHERS: Final = frozenset(
    {"PIL", "accelerate", "albumentations", "autokeras", "chainer", "cv2", "datasets", "fastai",
     "flax", "gluoncv", "h5py", "ignite", "imageio", "imblearn", "imgaug", "imutils", "jax",
     "joblib", "keras", "keras_applications", "keras_cv", "keras_hub", "keras_preprocessing",
     "kornia", "lightning", "matplotlib", "mindspore", "monai", "mxnet", "numpy", "nvidia",
     "oneflow", "paddle", "pandas", "pytorch_lightning", "scipy", "skimage", "sklearn", "skorch",
     "tensorflow", "tensorflow_addons", "tensorflow_datasets", "tensorpack", "tf_keras", "tflearn",
     "timm", "torch", "torch_xla", "torchdata", "torchmetrics", "torchvision", "transformers",
     "ultralytics", "webdataset"}
)  # fmt: skip


def is_of_a_library(name: str) -> bool:
    """Return whether a dotted name is of Python or of a library that reads or feeds images.

    >>> is_of_a_library("torch.utils.data.DataLoader"), is_of_a_library("my_data.DataLoader")
    (True, False)
    """
    root = name.partition(".")[0]
    return root in _OTHERS or root in sys.stdlib_module_names


def snake(name: str) -> str:
    """Return a class' name as functions are named.

    >>> snake("SparseCategoricalCrossentropy")
    'sparse_categorical_crossentropy'
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
