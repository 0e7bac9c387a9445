"""Looking inside a training without changing it: no state, weight or random stream is touched."""
