"""Calendars of others: hours of congregations, school holidays, imported files; and which evenings they leave free."""
