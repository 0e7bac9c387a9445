"""Recipe to Run. The only folder that imports Keras or a backend, and only when it trains."""
