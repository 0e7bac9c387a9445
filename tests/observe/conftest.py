"""Tests that execute a script in a process of its own."""

import os
import subprocess
import sys

import pytest

collect_ignore_glob = ["scripts/*"]
"""Scripts that tests execute, each in a process of its own."""


@pytest.fixture
def execute(tmp_path):
    """Execute a script, plainly or watched, in the folder of the test."""

    def run(*command, watched=False, folder="run", timeout=300, **options):
        before = (
            ["-m", "fitdoctor.observe", str(tmp_path / folder), "default", "3"] if watched else []
        )
        return subprocess.run(
            [sys.executable, *before, *map(str, command)],
            cwd=tmp_path,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            **options,
        )

    return run
