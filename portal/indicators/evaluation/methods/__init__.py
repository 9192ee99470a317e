"""The models. Jobs, tests and bench import this, no web process: statsmodels takes a second and 140 MB."""
