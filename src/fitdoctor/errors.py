"""What can go wrong that the user can mend.

- FitdoctorError
  - UnreadableSourceError    a log, page, script or run folder that cannot be read
  - ImageFolderError         a folder of images that cannot be trained on
  - RecipeError              a setting that is missing, unknown or impossible
  - WeightsError             a weight file that is missing or does not fit
  - RunFolderError           a run folder that cannot be written, resumed or re-trained
  - MissingExtraError        an optional dependency that is not installed
  - AnswerError              an answer to a question that there is not, or one it does not take
"""


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


class AnswerError(FitdoctorError):
    """An answer names no question, or is none of those that the question takes."""


class DevicesError(FitdoctorError):
    """A training cannot be spread over the devices asked for."""


class MissingExtraError(FitdoctorError):
    """An optional dependency is needed and not installed."""
