"""The schema's history, for Alembic: one module per version, applied in order, never edited once released."""
