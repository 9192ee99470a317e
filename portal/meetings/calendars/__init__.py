"""Outside calendars: hours of congregations, school holidays, imported files; and the evenings that they leave free."""
