"""A demonstration city with invented people; loaded only if `PORTAL_DEMO` is on, and imported by nothing else."""
