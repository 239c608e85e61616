"""The engine: the one room that writes."""
