"""Accounts: people, how they log in, and which roles they hold in which tenant's secretariat."""
