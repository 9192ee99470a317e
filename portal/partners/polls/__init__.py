"""Finding a day in a circle: slots, answers, the best of them with reasons, and the date that comes of it."""
