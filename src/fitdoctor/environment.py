"""What a bug report needs to say about the machine: versions, extras, backend, cores, memory.

Nothing is imported to find out, and no path, name of a user or name of a machine is in it.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

from fitdoctor import extras

CORE = ("isal", "jinja2", "markupsafe", "msgspec", "numpy", "pillow", "shtab", "tomli-w", "xxhash")
TRAINING = ("keras", "tensorflow", "tensorflow-cpu", "jax", "torch", "torchvision", "tf-keras")
OF_EXTRAS: Mapping[str, tuple[str, ...]] = {
    "train": (),
    "export": ("onnx", "onnxruntime", "tf2onnx", "ai-edge-litert"),
    "agents": ("mcp",),
    "web": ("starlette", "uvicorn", "markdown-it-py", "python-multipart"),
    "fix": ("libcst",),
    "keras2": (),
    "slurm": ("submitit",),
    "dask": ("dask", "distributed"),
    "plot": ("matplotlib",),
    "mlflow": ("mlflow-skinny",),
    "tensorboard": ("tensorboard",),
}
"""Extra -> its packages beside those of `TRAINING`."""
BACKENDS = ("tensorflow", "jax", "torch", "openvino")


def facts(version: str) -> dict[str, str]:
    """Return what is asked for in a bug report, by its name; `version` is the package's own."""
    found = {
        "fitdoctor": f"{version}, {_installed_from()}",
        "Python": f"{platform.python_version()} ({platform.python_implementation()})",
        "platform": _platform(),
        "cores": _cores(),
        "memory": _memory(),
        "PNG rows": _png_rows(),
        "backend of Keras": _backend(),
        "frameworks": _versions(TRAINING),
        "core": _versions(CORE),
    }
    for extra, packages in OF_EXTRAS.items():
        state = "installed" if extras.here(extra) else "not installed"
        versions = _versions(packages)
        found[f"[{extra}]"] = state if versions == NONE else f"{state}: {versions}"
    return found


NONE = "none"


def _versions(packages: tuple[str, ...]) -> str:
    """Return the packages that are installed, with their versions."""
    found = []
    for name in packages:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return ", ".join(found) or NONE


def _installed_from() -> str:
    """Return where the package came from, without the path or address."""
    try:
        origin = importlib.metadata.distribution("fitdoctor").read_text("direct_url.json")
    except importlib.metadata.PackageNotFoundError:
        return "not installed: run from its sources"
    record = json.loads(origin) if origin else {}
    if "vcs_info" in record:
        return f"from version control at {record['vcs_info'].get('commit_id', '?')[:12]}"
    if record.get("dir_info", {}).get("editable"):
        return "an editable installation"
    return "from a file or folder" if record else "from a package index"


def _platform() -> str:
    libc = " ".join(word for word in platform.libc_ver() if word)
    words = (platform.system(), platform.release(), platform.machine(), libc)
    return " ".join(word for word in words if word) or sys.platform


def processors(controls: Path = Path("/sys/fs/cgroup")) -> int:
    """Return how many processors this process may use, by its affinity and its control group."""
    there = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    try:
        quota, period = (controls / "cpu.max").read_text(encoding="ascii").split()
        return max(1, min(there, int(quota) // int(period)))
    except (OSError, ValueError):  # no such group, or "max"
        return there


def memory_available() -> int | None:
    """Return the bytes that further processes can have, where the system says it."""
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return None
    found = (line.split() for line in text.splitlines() if line.startswith("MemAvailable:"))
    return next((int(words[1]) * 1024 for words in found), None)


def _cores() -> str:
    there, usable = os.cpu_count(), processors()
    return str(there) if usable == there else f"{usable} of {there}"


def _memory() -> str:
    """Return the machine's memory, where the system says it without further packages."""
    sizes = getattr(os, "sysconf_names", {})
    if {"SC_PAGE_SIZE", "SC_PHYS_PAGES"} <= set(sizes):
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.1f} GiB"
    return "not known"


def _png_rows() -> str:
    library = Path(__file__).parent / "images" / "rows.so"
    return "compiled reader" if library.exists() else "Pillow alone"


def _backend() -> str:
    """Return the backend that Keras would choose: the variable, else its configuration file."""
    if chosen := os.environ.get("KERAS_BACKEND"):
        return f"{chosen if chosen in BACKENDS else 'another'} (KERAS_BACKEND)"
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        named = json.loads((home / "keras.json").read_text(encoding="utf-8")).get("backend")
    except (OSError, ValueError, AttributeError):
        named = None
    return f"{named} (keras.json)" if named in BACKENDS else "tensorflow (the default)"
