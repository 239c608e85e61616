"""The memory store: the smallest thing that keeps the contract, for tests and for what is only tried.

Comes in and goes out what the protocol says; it forgets when the process ends. May import the ledger's protocol, and
the row functions of `novigem.ledger.sql.rows`, so that a journal has the same digests in every store.

    tables.py    what it holds: plain dictionaries
    reader.py    every question, over those tables
    store.py     the transaction, on a copy of the tables; the store, which takes the copy when it ends well
    privacy.py   the tables as rows with names of columns, and an erasure over them
"""
