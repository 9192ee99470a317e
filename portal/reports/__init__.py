"""Residents' reports: the form, code words, desks, referrals, and complaints about police conduct."""
