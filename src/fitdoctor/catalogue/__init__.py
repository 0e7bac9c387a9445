"""What libraries bring: backbones, layers, losses, optimizers and data sets.

One file a kind of thing, one row a thing: its names in each library and in prose, and what rules
must know of it. The rows are plain data, so every room may read them; what the tables of other
rooms need is computed from them. `python -m benchmarks.catalogue` holds the rows against the
libraries that are installed, and writes `signatures.py`.
"""
