"""Measures the portal beside a bare Flask app under the same server: `python -m bench`, `--quick` for a first look."""
