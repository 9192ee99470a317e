"""What people do with polls and dates. The audit log learns who did something, never in which circle or when."""
