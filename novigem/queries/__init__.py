"""Queries: every read."""
