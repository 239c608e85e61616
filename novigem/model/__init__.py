"""The shared words: frozen values that every stage speaks, and nothing that acts.

Comes in: nothing. Goes out: `Change`, `Program` and its parts, `Person`, `Entry`, `Progress`, `BadgeAward`, periods.
Must not import any other part of novigem but `errors`.
"""
