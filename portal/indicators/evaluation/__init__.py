"""Evaluation of effects: preregistered plans, models, refusals, and sentences that state how sure a finding is."""
