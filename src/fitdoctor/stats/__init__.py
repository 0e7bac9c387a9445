"""Arrays in, Estimates out: numpy and scipy only; knows no run, no rule, no threshold."""
