"""Mends need libcst, which an installation may lack."""

import importlib.util

collect_ignore = []
if importlib.util.find_spec("libcst") is None:
    collect_ignore += ["test_cells.py", "test_command.py", "test_mends.py", "test_verify.py"]
