"""Audit: proofs of figures, and questions about behaviour."""
