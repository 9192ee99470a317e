"""Common Ground: a bilingual portal for a city that runs the Drug Market Intervention. Start reading at app.py."""
