"""Training on several devices at once, by Keras' own distribution API."""

from __future__ import annotations

from fitdoctor.errors import DevicesError
from fitdoctor.training.started import keras


def use(wanted: int | None) -> int:
    """Spread batches over so many devices of the default kind, or over all where `None`.

    Returns how many are used. One device needs nothing. Keras 3 distributes on JAX only: on
    another backend more than one raises `DevicesError`, as does asking for more than there are.
    """
    backend = keras.backend.backend()
    there = _there(backend)
    count = len(there) if wanted is None else wanted
    if not 1 <= count <= len(there):
        raise DevicesError(
            f"--devices {wanted}: this machine shows {backend} {len(there)} "
            f"({', '.join(there)}). Ask for 1 to {len(there)}, or all"
        )
    if count == 1:
        return 1
    if backend != "jax":
        raise DevicesError(
            f"--devices {count}: Keras spreads a training over devices on JAX only, this is "
            f"{backend}. Set KERAS_BACKEND=jax (pip install jax), or leave --devices out"
        )
    keras.distribution.set_distribution(keras.distribution.DataParallel(devices=there[:count]))
    return count


def _there(backend: str) -> list[str]:
    if backend == "torch":
        import torch

        return [f"gpu:{i}" for i in range(torch.cuda.device_count())] or ["cpu:0"]
    return [str(device) for device in keras.distribution.list_devices()]


def in_use() -> int:
    """Return over how many devices batches are spread."""
    distribution = keras.distribution.distribution()
    return 1 if distribution is None else int(distribution.device_mesh.shape[0])
