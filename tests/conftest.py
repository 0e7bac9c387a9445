"""What tests share: where the real material lies, and a cache that no other run sees."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("ci", max_examples=60, deadline=None, derandomize=True)
settings.load_profile("ci")

ASSETS = Path(os.environ.get("FITDOCTOR_ASSETS", Path(__file__).parents[2] / "shared"))


@pytest.fixture(scope="session")
def assets() -> Path:
    """Return the folder of real cases; skip where it is absent."""
    if not (ASSETS / "seeds").is_dir():
        pytest.skip(f"no real material at {ASSETS}; set FITDOCTOR_ASSETS")
    return ASSETS


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("FITDOCTOR_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
