"""News by text and e-mail: residents follow a place, all meetings or safety notices; organizers write announcements."""
