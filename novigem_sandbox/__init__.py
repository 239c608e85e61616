"""The sandbox: a sample Salesforce org, invented people at work, and the demo. Nothing of it is needed to score.

Comes in: a seed, or a folder. Goes out: an org to sync, a season of changes, a filled store. Imports the library as any
user of it may, but none of its views and no command.

    org/     the sample org: a Salesforce of one's own, on loopback; knows nothing of the rest
    team/    people, records and work, as changes or in an org
    demo/    the story of `novigem demo`, and what `novigem init` writes
"""
