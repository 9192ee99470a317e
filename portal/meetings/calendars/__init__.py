"""Calendars of others: hours of congregations, school holidays, imported calendars, and which evenings they leave free."""
