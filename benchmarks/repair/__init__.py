"""Scripts executed, diagnosed and mended: what `run`, `prove` and `fix` come to on programs of others and our own."""
