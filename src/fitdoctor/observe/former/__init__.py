"""Names that libraries had when a script was written, and have no more, given back to the script.

`tables` says what stands for them, `names` gives them back and keeps which were asked for. What a
library still has is left alone. Only the standard library is loaded here, as in `hook`.
"""
