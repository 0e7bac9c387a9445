"""Facts of public faulty programs, as `cases/programs.jsonl` has them, as a person lists them."""

from __future__ import annotations

import json
from typing import Any

from fitdoctor.records.run import Run
from fitdoctor.sources import all_formats
from fitdoctor.sources._format import Page
from fitdoctor.sources._page import read_page

SETTINGS = ("task", "model", "input_shape", "loss", "optimizer", "lr", "metrics", "epochs",
            "batch_size", "data")  # fmt: skip
"""What the faults' names and mends are not among."""


def run_of(row: dict[str, Any]) -> Run:
    """Return a program as a Run, from its settings as one JSON object."""
    text = json.dumps({name: row[name] for name in SETTINGS if row.get(name) not in (None, "?")})
    return read_page(Page([text]), row["id"], all_formats())[0]
