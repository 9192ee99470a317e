"""What of a meeting goes on paper, into a picture or into a bulletin: flyers, announcements, sheets for the evening."""
