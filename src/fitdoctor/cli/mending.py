"""The commands that change a source: fix, and check --fix."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from fitdoctor.cli.printing import FOUND, listed, save
from fitdoctor.cli.running import workers_of
from fitdoctor.errors import UnreadableSourceError
from fitdoctor.records.run import STANDARD_INPUT


def fix(
    source: str, write: bool, verify: bool, certain: bool, select: str, ignore: str, seeds: int,
    args: str, output: Path | None, epochs: int | None, limit: float | None, delta: float,
    on: str, jobs: int | None, slurm: list[str], html: Path | None, output_format: str,
) -> int:  # fmt: skip
    """Show the smallest change of a script, notebook or recipe that mends what is found in it."""
    from fitdoctor import doctor, proof
    from fitdoctor.mending import files
    from fitdoctor.report import mending as report

    if write and source == STANDARD_INPUT:
        raise UnreadableSourceError("-: standard input cannot be written; give a file")
    workers = workers_of(on, jobs, slurm)
    chosen, left_out = listed("select", select), listed("ignore", ignore)
    made = doctor.fix(source, select=chosen, ignore=left_out, certain_only=certain)
    if verify and made.changed:
        from fitdoctor.report.progress import Terminal

        print(
            f"fitdoctor: executing {made.path} with all that it does, once as it is and then in up "
            f"to {2 * seeds} trainings, as it was and changed; of several causes in half as many "
            "for each", file=sys.stderr, flush=True,
        )  # fmt: skip
        made = proof.verify(
            made, shlex.split(args), seeds=seeds, folder=output, epochs=epochs, limit=limit,
            smallest_difference=delta, workers=workers, watcher=Terminal(),
        )  # fmt: skip
    backup = files.write(made) if write and made.accepted else None
    if html is not None:
        from fitdoctor.report import mended

        options = [f"--{name}={','.join(codes)}" for name, codes in
                   (("select", chosen), ("ignore", left_out)) if codes]  # fmt: skip
        again = ["fitdoctor", "fix", source, *options, *["--certain"] * certain]
        save(html, mended.page(made, shlex.join(again), backup))
    print(report.json(made, backup) if output_format == "json" else report.text(made, backup))
    left = bool(made.unmended) or (made.changed and backup is None)
    return FOUND if left else 0


def fix_in_place(paths: list[str], select: list[str], ignore: list[str]) -> None:
    """Write the certain mends of scripts and notebooks, and say on standard error which."""
    from fitdoctor import lint
    from fitdoctor.mending import files

    chosen = lint.chosen(select, ignore)
    found = (path for given in paths for path in lint.files(given))
    for path in dict.fromkeys(found):
        if str(path) == STANDARD_INPUT:
            raise UnreadableSourceError("-: standard input cannot be written; give a file")
        made = files.mend_file(path, select=chosen, certain_only=True)
        if made.changed:
            backup = files.write(made)
            rules = ", ".join(dict.fromkeys(one.rule for one in made.mends))
            print(f"fitdoctor: {path}: mended {rules}; as it was: {backup}", file=sys.stderr)
