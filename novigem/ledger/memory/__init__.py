"""The store in plain dictionaries, for tests."""
