"""Where the trials of an experiment are made."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Workers(msgspec.Struct, frozen=True, kw_only=True):
    """Whatever makes trials, and how many at a time."""

    on: str = "local"
    """`local`, `slurm`, or `dask://HOST:PORT`: a cluster of distributed that runs already."""
    jobs: int | None = None
    """The most trials under way; `None` leaves it to the machine or the cluster."""
    slurm: Mapping[str, str] = {}
    """Options of `sbatch` by their long names, such as `partition`; without a value: ''."""


LOCAL = Workers()
