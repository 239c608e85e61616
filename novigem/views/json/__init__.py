"""Answers as JSON-ready rows: the shapes that `--json` prints."""
