"""Compiles what decodes PNG files fast; without a C compiler Pillow decodes them alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE = "src/fitdoctor/images/rows.c"
LIBRARY = "src/fitdoctor/images/rows.so"
PILLOW_ALONE = "PNG files will be decoded by Pillow alone"


class CustomBuildHook(BuildHookInterface[Any]):
    """Puts the library beside its source, for wheels and for editable installations."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Compile, or say that it was not to be done."""
        root = Path(self.root)
        (root / LIBRARY).unlink(missing_ok=True)  # one of an older source would be worse than none
        compiler = shutil.which(os.environ.get("CC") or "cc") or shutil.which("gcc")
        if compiler is None:
            self.app.display_warning(f"{PILLOW_ALONE}: there is no C compiler")
            return
        made = subprocess.run(  # noqa: S603 - the compiler that the user's system names
            [compiler, "-O3", "-shared", "-fPIC", "-o", str(root / LIBRARY), str(root / SOURCE)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if made.returncode:
            self.app.display_warning(f"{PILLOW_ALONE}: {compiler} failed: {made.stderr[-500:]}")
            return
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform}"
        build_data["artifacts"].append(LIBRARY)
