"""Residents' reports: the form, code words, desks, referrals, and complaints about police conduct.

`FEATURE` declares the blueprints, timed jobs, retention rules, navigation and hooks of this feature.
"""
