"""The demo: an invented team at work, the story that is told on it, and the files that `novigem init` writes.

Comes in: a seed or a folder. Goes out: changes and people, a filled store, starter files. Everything is invented, and
the same seed gives the same bytes: no clock, and no random numbers but those of one seeded generator.
"""
