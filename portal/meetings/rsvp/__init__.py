"""RSVPs to public meetings without an account: seats, the waiting list, messages, and the host's preparations."""
