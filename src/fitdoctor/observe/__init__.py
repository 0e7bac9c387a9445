"""Running somebody's script unchanged, and recording what passes through Keras' public methods.

`launch` starts the child process, whose `__main__` waits for Keras with `hook` and executes the
script; `seam` wraps the methods, `recording` writes what they show into a run folder.
"""
