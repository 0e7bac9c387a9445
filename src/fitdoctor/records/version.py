"""The version of this package, for whoever shows it without loading the package's names."""

from __future__ import annotations

VERSION = "0.1.0"
