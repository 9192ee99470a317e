"""The organizer's desk: the next two weeks at a glance, the evening somebody plans for, and what others hold."""
