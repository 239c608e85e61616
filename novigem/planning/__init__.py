"""Planning: what a program would mean, before it is in force, and putting it in force.

    apply.py     another version of a running program: previewed, then written
    in_use.py    whether the programs of a run are those in use
    diff.py      what two ledgers of one program differ in, person by person
    joins.py     two users that are one person: previewed, then written
    targets.py   personal targets, proposed from what people did before

Comes in: a program, a store with its change log, a wish. Goes out: previews and proposals; `apply_program`
asks the engine to write. May import engine, program, and all below. Must not import audit, queries or sync.
"""
