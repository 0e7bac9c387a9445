"""A run's model in another format, proven by running the file on real images."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from fitdoctor import extras
from fitdoctor.errors import ImageFolderError, RecipeError, RunFolderError, did_you_mean
from fitdoctor.images.decode import UnreadableImageError, decode
from fitdoctor.images.listing import files
from fitdoctor.images.quiet import without_stderr
from fitdoctor.records.text import read_recipe
from fitdoctor.records.watcher import Silent, Watcher
from fitdoctor.training.saved import Saved, load
from fitdoctor.training.started import keras

Format = Literal["keras", "savedmodel", "onnx", "litert"]
ENDINGS: dict[Format, str] = {
    "keras": "model.keras", "savedmodel": "savedmodel", "onnx": "model.onnx",
    "litert": "model.tflite",
}  # fmt: skip
LISTED = ", ".join(ENDINGS)
CHECKED = 32
TOLERANCE = 1e-3
"""Largest difference of a probability that counts as the same model."""
Pixels = NDArray[np.float32]


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was written and run, and how far it is from the model it came from."""

    path: str
    images: int
    largest_difference: float
    same_class: int
    """Images that both give the same class."""


def export(
    run: Path,
    to: Format,
    target: Path | None = None,
    images: Path | None = None,
    watcher: Watcher | None = None,
) -> Exported:
    """Write the model of a finished run and compare its file's outputs with the run's own.

    The images are `images`, by default those the run was trained on. Raises `RunFolderError` where
    the outputs differ, `MissingExtraError` where a format needs a package that is not installed,
    `RecipeError` for a format that is not known.
    """
    if to not in ENDINGS:
        raise RecipeError(f"{to}: no format to export to.{did_you_mean(to, ENDINGS, LISTED)}")
    if to == "onnx":
        extras.need("export", "export to onnx")
    saved = load(run)
    target = target or run / ENDINGS[to]
    pixels = _pixels(run, saved, images)
    if target.exists() and target.resolve() != (run / "model.keras").resolve():
        raise RunFolderError(f"{target}: is there already; remove it, or choose another --output")
    # Keras exports only what has been called once.
    expected = np.asarray(saved.model.predict_on_batch(pixels))
    part = target.with_name(f"part-{target.name}")
    (watcher or Silent()).say(f"writing {to}, and running it on {len(pixels)} images")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings(), without_stderr():
            # The converters warn of their own next versions.
            warnings.simplefilter("ignore")
            _write(saved.model, to, part)
            out = _RUN[to](part, pixels)
    except ImportError as error:
        raise extras.missing("export", f"export to {to}", error) from error
    except OSError as error:
        _remove(part)
        raise RunFolderError(f"{target}: cannot be written: {error.strerror or error}") from error
    except Exception as error:
        _remove(part)
        words = str(error).strip().split("\n")[0][:200]
        raise RunFolderError(f"{target}: {to} cannot hold this model ({words})") from error
    difference = float(np.abs(out - expected).max())
    if out.shape != expected.shape or not difference <= TOLERANCE:
        _remove(part)
        raise RunFolderError(
            f"{target}: on {len(pixels)} images its outputs differ from the run's by up to "
            f"{difference:.2g}; nothing was kept"
        )
    part.replace(target)
    same = int((out.argmax(axis=1) == expected.argmax(axis=1)).sum())
    return Exported(
        path=str(target), images=len(pixels), largest_difference=difference, same_class=same
    )


def _pixels(run: Path, saved: Saved, images: Path | None) -> Pixels:
    source = images or Path(read_recipe(run / "recipe.toml").images or "")
    if images is None and (source.is_file() or not source.is_dir()):
        # A table or an array file: its folder holds the images, if anything does.
        source = source.parent
    found = []
    every = list(files(source))
    for path in every[:: max(1, len(every) // (2 * CHECKED))]:
        try:
            found.append(decode(path.read_bytes(), saved.size, saved.resize))
        except (OSError, UnreadableImageError):
            continue
        if len(found) == CHECKED:
            break
    if not found:
        raise ImageFolderError(f"{source}: no images in it to check the export with; give --images")
    return np.stack(found).astype(np.float32)


def _write(model: Any, to: Format, path: Path) -> None:
    if to == "keras":
        whole = path.with_name(f"{path.stem}.whole.keras")
        model.save(whole)
        whole.replace(path)
        return
    names = {"savedmodel": "tf_saved_model", "onnx": "onnx", "litert": "litert"}
    if to == "litert" and path.suffix != ".tflite":
        raise ValueError("a LiteRT file must end in .tflite")
    model.export(str(path), format=names[to], verbose=False)


def _keras(path: Path, pixels: Pixels) -> Pixels:
    loaded = path.with_name(f"{path.stem}.check.keras")
    shutil.copy(path, loaded)
    try:
        model = keras.saving.load_model(loaded, compile=False)
    finally:
        loaded.unlink()
    return np.asarray(model.predict_on_batch(pixels))


def _savedmodel(path: Path, pixels: Pixels) -> Pixels:
    import tensorflow as tf

    held = tf.saved_model.load(str(path))
    return np.asarray(held.serve(pixels))


def _onnx(path: Path, pixels: Pixels) -> Pixels:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {session.get_inputs()[0].name: pixels})[0])


def _litert(path: Path, pixels: Pixels) -> Pixels:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        import tensorflow as tf

        Interpreter = tf.lite.Interpreter  # noqa: N806 - a class
    interpreter = Interpreter(str(path))
    taken = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(taken, pixels.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(taken, pixels)
    interpreter.invoke()
    return np.asarray(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))


_RUN: dict[Format, Callable[[Path, Pixels], Pixels]] = {
    "keras": _keras, "savedmodel": _savedmodel, "onnx": _onnx, "litert": _litert,
}  # fmt: skip


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
