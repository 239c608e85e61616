"""Changes from JSON lines."""
