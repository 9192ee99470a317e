"""Monthly snapshots of the figures, the only published form: lagged, on a fixed day, immutable, hashed."""
