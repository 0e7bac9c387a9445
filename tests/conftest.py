"""What tests share: real material, a cache that no other run sees, what a quick run leaves out."""

import os
import zlib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("ci", max_examples=60, deadline=None, derandomize=True)
settings.load_profile("ci")

ASSETS = Path(os.environ.get("FITDOCTOR_ASSETS", Path(__file__).parents[2] / "shared"))


LARGE, ONE_IN = 24, 8
"""Cases from which on a test is a large family, of which a quick run takes one in so many."""


def pytest_addoption(parser):
    parser.addoption(
        "--quick",
        action="store_true",
        help=f"run no test marked slow unless it is marked quick too, and one in {ONE_IN} cases of "
        f"tests with {LARGE} or more",
    )


@pytest.hookimpl(trylast=True)  # after the folders have marked their tests
def pytest_collection_modifyitems(config, items):
    """Leave out by name what a quick run can do without: the same tests each time."""
    if not config.getoption("--quick"):
        return
    cases = Counter(_family(item) for item in items)
    kept, left_out = [], []
    for item in items:
        (kept if _in_quick_run(item, cases[_family(item)]) else left_out).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


def _family(item):
    return item.nodeid.partition("[")[0]


def _in_quick_run(item, cases):
    if item.get_closest_marker("slow") and not item.get_closest_marker("quick"):
        return False
    return cases < LARGE or zlib.crc32(item.nodeid.encode()) % ONE_IN == 0


@pytest.fixture(scope="session")
def assets() -> Path:
    """Return the folder of real cases; skip where it is absent."""
    if not (ASSETS / "seeds").is_dir():
        pytest.skip(f"no real material at {ASSETS}; set FITDOCTOR_ASSETS")
    return ASSETS


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("FITDOCTOR_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
