"""Audit: proofs of figures, and questions about behaviour.

Comes in: a store, and the programs in force. Goes out: discrepancies (`doctor/`), and flags with their evidence
(`flags/`). It writes nothing but what somebody asks for: sums made anew from the ledger, and judgements of flags. May
import the engine and all below it, no queries, views or commands.
"""
