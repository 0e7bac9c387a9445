"""What is too slow or too large for the test suite: calibration, truth, speed; and the docs."""
