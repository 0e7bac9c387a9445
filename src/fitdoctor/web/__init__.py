"""The page: paste anything, see the diagnosis, answer, correct; the runs of a folder as they grow.

It listens on this machine alone. What is pasted is read by child processes that are ended when they
are slow; nothing of it is executed, and nothing is written but files that a reader needs by their
path, for as long as it reads.
"""
