"""The ledger: an append-only store of entries, and of all that is derived from them.

Comes in: entries, progress, totals, badge awards, changes, people; questions with keys and filters. Goes out: the same
rows, as the frozen words of `novigem.model`. Nothing is decided here. May import `novigem.model` and `novigem.errors`.

    reader.py, store.py   the protocol: every question, once; what a transaction writes, what a store begins and owns
    types.py, privacy.py  what is kept and asked that is not a word of the model: filters, logged changes, versions
    journal.py, chain.py  the chain of digests over what was appended; walking it, to name what was changed
    redaction.py, rechain.py   every column without erased people; writing the journal anew after an erasure
    memory/, sql/         three stores that keep the protocol
"""
