"""The public website: front page, search, progress, open data and posters."""
