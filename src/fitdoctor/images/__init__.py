"""Folder of images -> manifest -> split -> decoded cache; no Keras."""
