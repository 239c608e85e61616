"""The demo: an invented team at work, the story that is told on it, and the files that `novigem init` writes.

Comes in: a seed or a folder. Goes out: a filled store, starter files. Everything is invented, and the same seed gives
the same ledger: no clock but the sample org's, and no random numbers but those of one seeded generator.

    generator.py   six weeks of work: people, records, changes (with cast, records, world and workday)
    at_work.py     the same work done in a sample org, moment by moment
    season.py      the syncs that read that org, every few hours of its time
    story.py       the folder, and what in it is worth telling
    starter.py     what `novigem init` writes
"""
