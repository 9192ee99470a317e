"""The public website: front page, search, progress, open data, posters, and cards that other sites may embed."""
