"""Scripts of Keras 1 and 2 on today's TensorFlow, by `tf_keras`.

`wanted` tells by a script's text whether it is one; `alias` lets `tf_keras` stand for `keras` and
for module paths of old; `old_names` gives arguments, methods and defaults that went away their
meaning again; `stand_in` is Keras 3 for our own modules. Before TensorFlow is imported only the
standard library is loaded.
"""
