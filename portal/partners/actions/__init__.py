"""What people do with circles, their seats, notes and organisations.

The audit log learns who did what to whom, never in which circle: who sits there is as sensitive as a list of speakers.
"""
