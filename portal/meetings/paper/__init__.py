"""Meetings on paper, in pictures and in bulletins: flyers, announcements, sheets for the evening."""
