"""Which modules of the package pytest imports: those that have examples in their docstrings."""

from pathlib import Path

import pytest

SOURCE = Path(__file__).parent / "src"
TRAINS = SOURCE / "fitdoctor" / "training"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out a module without examples, and in a quick run what imports Keras."""
    if collection_path.suffix != ".py" or SOURCE not in collection_path.parents:
        return None
    loads_keras = config.getoption("--quick", default=False) and TRAINS in collection_path.parents
    return True if loads_keras or ">>> " not in collection_path.read_text("utf-8") else None
