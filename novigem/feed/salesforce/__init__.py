"""Changes straight from Salesforce: nothing lost, nothing doubled.

Comes in: answers of an org (`org.py` says what is asked of it). Goes out: pages of changes and snapshots. Knows no
ledger, no rules and no database: the snapshots to compare with come from whoever calls.

    login.py, transport.py, client.py   the connection: log-in, one HTTP session, one classifier of errors
    schema.py, soql.py, values.py       which fields are read, how they are asked for, and what their values mean
    compare.py                          the truth table: a row beside our copy of it gives changes
    poller.py, deletions.py, sweep.py   what is read when, and how far the watermark may move
    facts.py, audit.py                  what an org says of itself; our copies beside its records. Nothing is written
"""
