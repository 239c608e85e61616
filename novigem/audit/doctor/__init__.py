"""Doctor: proves every figure that is kept.

Comes in: a store, and the programs in force. Goes out: a `novigem.model.discrepancy.Discrepancy` for each figure that
does not follow from the ledger, the changes or its own digest; none means that all agree. May import the engine and all
below it: a proof counts anew with the same functions, or plays all changes again.

    doctor.py          the list of checks, and those that fit in a few lines
    teams.py, requests.py, closings.py, copies.py   proofs of one thing each: what is kept that nothing proves
    rows.py, claims.py, progress.py, completions.py   the same, for rows of the journal and what claims and goals give
    repair.py          sums written anew where the ledger proves them
    sources.py         which programs were given every change
    participation.py   who took part when, as far as that can be proved
    seals.py           a digest that somebody noted, found again
"""
