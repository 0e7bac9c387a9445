"""Optional dependencies: whether they are here, and the command that installs them."""

from __future__ import annotations

import importlib.util
import json
import shlex
from collections.abc import Mapping
from pathlib import Path

from fitdoctor.errors import MissingExtraError

PACKAGES: Mapping[str, tuple[str, ...]] = {
    "train": ("keras",),
    "export": ("onnx", "onnxruntime"),
    "agents": ("mcp",),
    "web": ("markdown_it", "python_multipart", "starlette", "uvicorn"),
    "fix": ("libcst",),
    "keras2": ("tf_keras",),
    "slurm": ("submitit",),
    "dask": ("dask", "distributed"),
    "plot": ("matplotlib",),
    "mlflow": ("mlflow",),
    "tensorboard": ("tensorboard",),
}
"""Extra -> the modules that tell whether it is installed; Keras names a missing backend itself."""
HERE = Path(__file__).parents[2]


def need(extra: str, purpose: str) -> None:
    """Raise `MissingExtraError` where a module of the extra is not installed; import nothing."""
    for module in PACKAGES[extra]:
        if importlib.util.find_spec(module) is None:
            raise missing(extra, purpose, f"there is no module {module}")


def here(extra: str) -> bool:
    """Return whether all modules of an extra are installed; import nothing."""
    return all(importlib.util.find_spec(module) is not None for module in PACKAGES[extra])


def missing(extra: str, purpose: str, reason: object) -> MissingExtraError:
    """Return the error for what lacks an extra; `purpose` begins its sentence."""
    return MissingExtraError(f"{purpose} needs more packages ({reason}). {advice(extra)}")


def advice(extra: str) -> str:
    return f"Install them: {command(extra)}"


def command(extra: str) -> str:
    """Return the pip command that adds an extra to fitdoctor, from where it was installed."""
    import importlib.metadata  # noqa: PLC0415 - with it comes half of the mail package

    try:
        origin = importlib.metadata.distribution("fitdoctor").read_text("direct_url.json")
    except importlib.metadata.PackageNotFoundError:
        return _pip(f"{HERE}[{extra}]" if _is_project(HERE) else f"fitdoctor[{extra}]")
    return _pip(*_requirement(extra, json.loads(origin) if origin else {}))


def _requirement(extra: str, origin: Mapping[str, Mapping[str, str]]) -> tuple[str, ...]:
    """Return what to give to `pip install`; `origin` is PEP 610's record, empty for an index."""
    from urllib.parse import urlsplit  # noqa: PLC0415
    from urllib.request import url2pathname  # noqa: PLC0415 - loads TLS

    url = str(origin.get("url", ""))
    named = f"fitdoctor[{extra}]"
    parts = urlsplit(url)
    if parts.scheme == "file":
        path = Path(url2pathname(parts.path))
        if not path.exists():
            return (named,)
        editable = ("-e",) * bool(origin.get("dir_info", {}).get("editable"))
        return (*editable, f"{path}[{extra}]")
    if version_control := origin.get("vcs_info"):
        return (f"{named} @ {version_control['vcs']}+{url}@{version_control['commit_id']}",)
    return (f"{named} @ {url}",) if url else (named,)


def _is_project(folder: Path) -> bool:
    return (folder / "pyproject.toml").is_file() and (folder / "src" / "fitdoctor").is_dir()


def _pip(*words: str) -> str:
    return shlex.join(["pip", "install", *words])
