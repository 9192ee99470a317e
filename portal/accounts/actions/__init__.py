"""What is done to accounts, second factors, desks and their keys; each act stands in the audit log."""
