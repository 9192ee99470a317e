"""Promises that offices made in public: the ledger, who judges it, and what residents say of it."""
