"""Keras with its backend started, and without the lines that TensorFlow's C++ writes at that.

Every module of this room takes Keras from here, so that whichever is imported first is silent.
"""

from __future__ import annotations

from fitdoctor.training.quiet import import_keras

import_keras()

import keras  # noqa: E402 - quietly started above

__all__ = ["keras"]
