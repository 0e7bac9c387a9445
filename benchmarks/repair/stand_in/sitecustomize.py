"""Drawn data in place of the downloads of `keras.datasets`, for programs that are executed offline.

Python imports this file by itself where its folder is in PYTHONPATH. When a module of
`keras.datasets` (or of `tf_keras.datasets`) is imported, its `load_data` is replaced by one that
draws rows of the same number, shape, type, range and number of classes: scripts write these sizes
out. What is drawn can be learnt: each class has an image, or words, of its own below noise.
"""

import importlib.util
import sys
from collections.abc import Callable
from importlib.abc import MetaPathFinder
from typing import Any

IMAGES = {  # rows to train on, shape, classes, whether labels are a column
    "mnist": (60_000, (28, 28), 10, False),
    "fashion_mnist": (60_000, (28, 28), 10, False),
    "cifar10": (50_000, (32, 32, 3), 10, True),
    "cifar100": (50_000, (32, 32, 3), 100, True),
}
TEXTS = {"imdb": (25_000, 25_000, 2, 20_000), "reuters": (8982, 2246, 46, 20_000)}
TABLES = {"boston_housing": (404, 102, 13)}
HOMES = tuple(f"{package}.src.datasets." for package in ("keras", "tf_keras"))


def images(name: str) -> Callable[..., Any]:
    def load_data(*_: Any, **__: Any) -> Any:
        import numpy as np

        rows, shape, classes, column = IMAGES[name]
        rng = np.random.default_rng(7)
        coarse = rng.uniform(0, 200, (classes, *(4 if n > 3 else n for n in shape)))
        own = coarse.repeat(shape[0] // 4, axis=1).repeat(shape[1] // 4, axis=2).astype("uint8")

        def drawn(count: int) -> Any:
            y = rng.integers(0, classes, count)
            x = own[y]
            for at in range(0, count, 5000):  # whole, its numbers would take a gigabyte
                part = x[at : at + 5000]
                light = rng.uniform(0.4, 1.0, (len(part), *[1] * len(shape)))
                noise = rng.integers(-70, 71, part.shape, dtype="int16")
                part[:] = (part * light + noise).clip(0, 255)
            return x, y.astype("int64")[:, None] if column else y.astype("uint8")

        return drawn(rows), drawn(rows // 5 if column else rows // 6)

    return load_data


def texts(name: str) -> Callable[..., Any]:
    def load_data(*_: Any, **given: Any) -> Any:
        import numpy as np

        train, test, classes, words = TEXTS[name]
        words = int(given.get("num_words") or given.get("nb_words") or words)
        rng = np.random.default_rng(7)
        own = rng.integers(20, max(words, 40), (classes, 12))

        def drawn(count: int) -> Any:
            y = rng.integers(0, classes, count)
            x = np.empty(count, dtype=object)
            for row, kind in enumerate(y):
                length = int(rng.integers(40, 160))
                found = 4 + rng.zipf(1.4, length) % (max(words, 40) - 4)
                found[rng.integers(0, length, 8)] = rng.choice(own[kind], 8)
                x[row] = [1, *map(int, found)]
            return x, y

        return drawn(train), drawn(test)

    return load_data


def tables(name: str) -> Callable[..., Any]:
    def load_data(*_: Any, **__: Any) -> Any:
        import numpy as np

        train, test, columns = TABLES[name]
        rng = np.random.default_rng(7)
        weights = rng.normal(0, 2, columns)

        def drawn(count: int) -> Any:
            x = rng.normal(10, 5, (count, columns))
            return x, (22 + (x - 10) @ weights / 5 + rng.normal(0, 2, count)).clip(5, 50)

        return drawn(train), drawn(test)

    return load_data


def get_word_index(*_: Any, **__: Any) -> dict[str, int]:
    """Return numbers of words that were made up."""
    return {f"word{number}": number for number in range(1, 20_001)}


class _Finder(MetaPathFinder):
    """Replaces what loads data once its module has been executed."""

    asking = False

    def find_spec(self, fullname: str, *_: Any) -> Any:
        name = next((fullname[len(home) :] for home in HOMES if fullname.startswith(home)), "")
        if self.asking or name not in {*IMAGES, *TEXTS, *TABLES}:
            return None
        self.asking = True
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self.asking = False
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def then(module: Any) -> None:
            execute(module)
            kind = images if name in IMAGES else texts if name in TEXTS else tables
            module.load_data = kind(name)
            if name in TEXTS:
                module.get_word_index = get_word_index

        spec.loader.exec_module = then  # type: ignore[method-assign]
        return spec


sys.meta_path.insert(0, _Finder())
