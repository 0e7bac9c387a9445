"""Training loops of a script, interpreted: see `records.loop`."""

from fitdoctor.code.trainings.record import program_of

__all__ = ["program_of"]
