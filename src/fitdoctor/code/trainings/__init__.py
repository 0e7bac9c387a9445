"""Training loops of a script, interpreted: see `records.loop`."""

from fitdoctor.code.trainings.queries import Interpreted
from fitdoctor.code.trainings.record import program_of

__all__ = ["Interpreted", "program_of"]
