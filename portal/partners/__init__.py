"""Partner circles: members and sealed notes, call-ins, reconciliation sessions, and polls to find a date."""
