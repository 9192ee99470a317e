"""What weekly hours mean, which addresses may be asked, when two things are on one evening. No app, no database."""
