"""Features of a frozen backbone, computed once and cached by content."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from fitdoctor.images import cache
from fitdoctor.records.experiment import STREAMS
from fitdoctor.records.recipe import Augmentation, Backbone
from fitdoctor.training import backbones, inference, network, streams
from fitdoctor.training.started import keras

VERSION = 2
BATCH = 32
LET_GO = 64
"""Batches after which the memory of the pixels read is given back."""


def features(
    backbone: Backbone,
    image_size: int,
    images: cache.Decoded,
    *,
    pooled: bool,
    on_step: Callable[[int, int], None],
) -> NDArray[np.float32]:
    """Return the last feature map of every image, or its mean over the map where `pooled`.

    The cache is named by the pixels, the backbone with its weights' content, and the size, so a
    second run on the same images loads it; no network is built then.
    """
    name = "/".join(
        map(
            str,
            (
                images.key,
                backbone.name,
                backbone.alpha,
                backbones.weights_digest(backbone),
                image_size,
                pooled,
                VERSION,
                *([backbone.fed] if backbone.fed else []),
            ),
        )
    )
    path = cache.folder() / f"features-{sha256(name.encode()).hexdigest()[:24]}.npy"
    if path.is_file():
        return np.asarray(np.load(path, mmap_mode="r"))
    computed = maps(backbone, image_size, images.pixels, pooled=pooled, on_step=on_step)
    if backbone.weights != "none":
        cache.store(path, computed)
    return computed


def views(
    backbone: Backbone,
    image_size: int,
    images: cache.Decoded,
    rows: NDArray[np.int64],
    settings: Augmentation,
    *,
    pooled: bool,
    on_step: Callable[[int, int], None],
) -> NDArray[np.float32]:
    """Return features of random views of these images: all first views, then all second ones.

    They are drawn from a seed of their own, so that trainings with other seeds share them.
    """
    count = settings.views or 0
    weights = backbones.weights_digest(backbone)
    parts = [images.key, backbone, weights, settings, pooled, STREAMS]
    name = "/".join(map(str, (*parts, image_size, VERSION))) + sha256(rows.tobytes()).hexdigest()
    path = cache.folder() / f"views-{sha256(name.encode()).hexdigest()[:24]}.npy"
    if path.is_file():
        return np.asarray(np.load(path, mmap_mode="r"))
    inputs = keras.Input((image_size, image_size, 3))
    augment = streams.seeded(
        lambda: keras.Model(inputs, network.augmented(inputs, settings)), seed=0
    )
    base = backbones.frozen(backbone, image_size)
    call = inference.forward(base, lambda batch: augment(batch, training=True))
    computed = []
    total = count * len(rows)
    for start in range(0, total, BATCH):
        # Wrapped around, so that every batch is whole and one graph serves all.
        at = np.arange(start, start + BATCH) % total
        pixels = np.asarray(images.pixels[rows[at % len(rows)]], dtype=np.float32)
        out = call(pixels)[: total - start]
        computed.append(out.mean(axis=(1, 2)) if pooled else out)
        on_step(min(start + BATCH, total), total)
    whole = np.concatenate(computed)
    if backbone.weights != "none":
        cache.store(path, whole)
    return whole


def maps(
    backbone: Backbone,
    image_size: int,
    pixels: NDArray[np.uint8],
    *,
    pooled: bool,
    on_step: Callable[[int, int], None] = lambda _done, _all: None,
) -> NDArray[np.float32]:
    """Return the last feature map of images, or its mean over the map, without a cache."""
    call = inference.frozen(backbone, image_size)

    def one(begin: int) -> NDArray[np.float32]:
        batch = np.asarray(pixels[begin : begin + BATCH], dtype=np.float32)
        # A last short batch would be compiled for anew; it is filled up and cut.
        short = BATCH - len(batch)
        if short:
            batch = np.concatenate([batch, np.zeros((short, *batch.shape[1:]), np.float32)])
        out = call(batch)
        out = out[: len(out) - short] if short else out
        if begin // BATCH % LET_GO == 0:
            cache.let_go(pixels)
        return out.mean(axis=(1, 2)) if pooled else out

    parts = []
    begins = range(0, len(pixels), BATCH)
    with ThreadPoolExecutor(inference.at_once()) as pool:
        for begin, part in zip(begins, pool.map(one, begins), strict=True):
            parts.append(part)
            on_step(min(begin + BATCH, len(pixels)), len(pixels))
    return np.concatenate(parts)
