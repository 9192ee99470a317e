"""Help that was offered, month by month: made, begun within 30 days, still going after 90. Sums, never a person."""
