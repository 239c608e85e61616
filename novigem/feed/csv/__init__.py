"""CSV exports turned into changes."""
