"""What can go wrong that the user can mend.

- FitdoctorError
  - UnreadableSourceError    a log, page, script or run folder that cannot be read
  - ImageFolderError         a folder of images that cannot be trained on
  - RecipeError              a setting that is missing, unknown or impossible
  - WeightsError             a weight file that is missing or does not fit
  - RunFolderError           a run folder that cannot be written, resumed or re-trained
  - PortError                a port that cannot be listened on
  - TrialRefusedError        a script in which an intervention cannot be put to the test
  - ClusterError             a cluster that cannot be reached, or that loses trials
  - TrackerError             a tracker that there is not, or that takes nothing
  - MissingExtraError        an optional dependency that is not installed
  - AnswerError              an answer to a question that there is not, or one it does not take
  - CorrectionError          a correction of what cannot be corrected, or to what it cannot be
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

LIKE = 0.6
"""Least ratio of difflib from which on a name is taken for a mistyped other one."""
MOST_SUGGESTED = 3


class FitdoctorError(Exception):
    """Base of every error that the command line prints as one line, with exit status 2."""


class UnreadableSourceError(FitdoctorError):
    """The source is missing, binary, or holds nothing that fitdoctor understands."""


class ImageFolderError(FitdoctorError):
    """The folder is missing, empty, or has fewer than two classes with readable images."""


class RecipeError(FitdoctorError):
    """A recipe holds an unknown name, an impossible value, or lacks what training needs."""


class WeightsError(FitdoctorError):
    """Pretrained weights are not at hand, or do not fit the backbone."""


class RunFolderError(FitdoctorError):
    """A run folder cannot be written, or does not hold what was asked of it."""


class TrialRefusedError(FitdoctorError):
    """A script did not reach its training, or the change to be tested changes nothing in it."""


class ClusterError(FitdoctorError):
    """Trials cannot be made where they were asked to be: a cluster is away, or takes no job."""


class AnswerError(FitdoctorError):
    """An answer names no question, or is none of those that the question takes."""


class CorrectionError(FitdoctorError):
    """A correction names no setting or curve, or gives a value that it cannot have."""


class ClaimError(FitdoctorError):
    """A claim that was handed in is malformed, or quotes what is not in the text."""


class DevicesError(FitdoctorError):
    """A training cannot be spread over the devices asked for."""


class PortError(FitdoctorError):
    """A port is in use, not allowed or no port."""


class TrackerError(FitdoctorError):
    """There is no tracker of this name, or it cannot be handed findings."""


class MissingExtraError(FitdoctorError):
    """An optional dependency is needed and not installed."""


def did_you_mean(given: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return ` Did you mean X?` with the known names that are most like `given`.

    Compared are letters and digits, whatever the case; of a dotted name its last part. A name is
    like its beginning, one of its words, and the initials of its words (`lr`: `learning_rate`).
    Where none is like it, ` Known: ...` with `otherwise` is returned, or nothing.
    """
    wanted = _plain(given)
    scores = {name: _likeness(wanted, name.rpartition(".")[2]) for name in known}
    words = suggested(scores) if wanted else ""
    return words or (f" Known: {otherwise}" if otherwise else "")


def suggested(scores: Mapping[str, float], least: float = LIKE) -> str:
    """Return ` Did you mean X?` with the most likely names, nothing where none reaches `least`."""
    likely = sorted((name for name in scores if scores[name] >= least), key=lambda n: -scores[n])
    if not likely:
        return ""
    highest = scores[likely[0]]
    close = 1.0 if highest == 1 else highest - 0.15
    best = [name for name in likely if scores[name] >= close][:MOST_SUGGESTED]
    words = f"{', '.join(best[:-1])} or {best[-1]}" if len(best) > 1 else best[0]
    return f" Did you mean {words}?"


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _likeness(wanted: str, name: str) -> float:
    words = name.strip("-").replace("-", "_").casefold().split("_")
    plain = _plain(name)
    if wanted == plain:
        return 1.0
    if len(words) > 1 and wanted == "".join(word[:1] for word in words):
        return 0.9
    if len(wanted) >= 3 and (plain.startswith(wanted) or wanted in words):
        return 0.8
    import difflib  # noqa: PLC0415 - needed for mistypings alone

    return difflib.SequenceMatcher(None, wanted, plain).ratio()
