"""Screens for a terminal: one module a command, built with rich."""
