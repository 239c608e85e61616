"""Planning: before a program is in force."""
