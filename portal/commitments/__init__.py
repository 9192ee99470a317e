"""The commitments feature: offices' promises with due dates, verdicts of the other side, and residents' answers."""
