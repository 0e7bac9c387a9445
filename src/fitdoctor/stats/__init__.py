"""Arrays in, Estimates out: numpy only; knows no run, no rule, no threshold."""
