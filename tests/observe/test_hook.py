"""A function is called once, after a package was imported, and leaves nothing on it."""

import importlib
import importlib.util
import sys

import pytest

from fitdoctor.observe.hook import AfterImport


@pytest.fixture
def package(tmp_path, monkeypatch):
    name = "a_package_to_wait_for"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("from . import inner\nready = True\n")
    (tmp_path / name / "inner.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    yield name
    for loaded in [m for m in sys.modules if m.startswith(name)]:
        del sys.modules[loaded]


def test_called_once_after_the_import(package):
    seen = []
    hook = AfterImport(package, lambda module: seen.append(module.ready))
    sys.meta_path.insert(0, hook)
    # Looking for it, as libraries do, is no import.
    assert importlib.util.find_spec(package).loader.get_source(package)
    assert not seen
    module = importlib.import_module(package)
    assert seen == [True]
    assert hook not in sys.meta_path
    kinds = {type(module.__loader__), type(module.__spec__.loader)}
    assert [kind.__name__ for kind in kinds] == ["SourceFileLoader"]
    importlib.reload(module)
    assert seen == [True]


def test_an_error_of_the_package_is_its_own(package, tmp_path):
    (tmp_path / package / "__init__.py").write_text("raise RuntimeError('theirs')")
    seen = []
    sys.meta_path.insert(0, AfterImport(package, seen.append))
    with pytest.raises(RuntimeError, match="theirs"):
        importlib.import_module(package)
    assert not seen
