"""What tests of the page share: one server for all of them."""

import pytest

from fitdoctor import extras

from .servers import Server


def pytest_collection_modifyitems(items):
    for item in items:
        if "/tests/web/" in item.path.as_posix():
            item.add_marker(pytest.mark.xdist_group("web"))


@pytest.fixture(scope="session")
def server():
    extras.need("web", "the page")
    served = Server()
    try:
        served.open()
        yield served
    finally:
        served.stop()
