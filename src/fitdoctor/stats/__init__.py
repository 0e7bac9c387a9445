"""Arrays in, Estimates out: numpy and scipy.special only; knows no run, no rule, no threshold."""
