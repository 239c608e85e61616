"""Audit: proofs of figures, and questions about behaviour.

Comes in: a store, and the programs in force. Goes out: discrepancies (`doctor/`), and flags with their evidence
(`flags/`). What a person decides about a flag, the engine is asked to keep. May
import the engine and all below it, no queries, views or commands.
"""
