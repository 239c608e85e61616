"""The demo: the story that is told on an invented team at work, and the files that `novigem init` writes.

Comes in: a seed or a folder. Goes out: a filled store, starter files. Everything is invented, and the same seed gives
the same ledger: no clock but the sample org's, and no random numbers but those of one seeded generator. `live.py` alone
goes by this machine's clock. Imports the library as any user of it may, the sample org, and the team.

    at_work.py     the six weeks done in a sample org, moment by moment
    syncs.py       the syncs that read that org, every few hours of its time
    live.py        a season that runs now, for whoever looks at its pages
    story.py       the folder, and what in it is worth telling
    starter.py     what `novigem init` writes
"""
