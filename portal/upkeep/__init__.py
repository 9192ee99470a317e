"""Looking after places: the board, the weekly review, the scorecard, the pack for whoever comes next.

It stands above reports and meetings because it shows counts of both. No word of a report is read here.
"""
