"""Doctor: proves figures."""
