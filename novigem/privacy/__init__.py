"""Privacy: erasing a person while every sum stays right, and exporting all that is kept about one.

Comes in: a store. Goes out: a rewritten store, or a document. What the rest of the system needs to know of it is the
veil (`novigem.model.redaction`).
"""
