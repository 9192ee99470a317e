"""Sessions of reconciliation: prepared by each side apart, asked of the public, held in confidence, answered for."""
