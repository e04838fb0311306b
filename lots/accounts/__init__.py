"""Accounts: users, roles, and what a person may do with a record."""
