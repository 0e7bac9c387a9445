"""Compiles what decodes PNG files fast; without it Pillow decodes them alone.

A wheel with the library is tagged for its platform, one without it for all; `FITDOCTOR_PURE=1`
leaves it out. `auditwheel repair` makes of a Linux wheel what a registry accepts (`make dist`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE = "src/fitdoctor/images/rows.c"
LIBRARY = "src/fitdoctor/images/rows.so"
PILLOW_ALONE = "PNG files will be decoded by Pillow alone"


class CustomBuildHook(BuildHookInterface[Any]):
    """Adds the library to wheels, and puts it beside its source for editable installations."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, or say why not."""
        root = Path(self.root)
        if version == "editable":
            (root / LIBRARY).unlink(missing_ok=True)  # one of an older source is worse than none
        if os.environ.get("FITDOCTOR_PURE", "0") not in {"", "0"}:
            return
        compiler = shutil.which(os.environ.get("CC") or "cc") or shutil.which("gcc")
        if compiler is None:
            self.app.display_warning(f"{PILLOW_ALONE}: there is no C compiler")
            return
        self.made_in = tempfile.TemporaryDirectory()
        made = Path(self.made_in.name) / "rows.so"
        platform = sysconfig.get_platform()
        architectures = ("x86_64", "arm64") if platform.endswith("universal2") else ()
        done = subprocess.run(  # noqa: S603 - the compiler that the user's system names
            [compiler, "-O3", "-shared", "-fPIC", "-o", str(made), str(root / SOURCE),
             *(word for name in architectures for word in ("-arch", name))],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            self.app.display_warning(f"{PILLOW_ALONE}: {compiler} failed: {done.stderr[-500:]}")
            return
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform.replace('-', '_').replace('.', '_')}"
        if version == "editable":
            shutil.move(made, root / LIBRARY)
        else:
            build_data["force_include"][str(made)] = LIBRARY.removeprefix("src/")

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was compiled: the wheel holds it."""
        del version, build_data, artifact_path
        if made_in := getattr(self, "made_in", None):
            made_in.cleanup()
