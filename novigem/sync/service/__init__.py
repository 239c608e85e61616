"""The service: a sync that runs until somebody stops the process.

    rounds.py     one run after another: what the end of one means for the next
    schedule.py   jobs at their times, until a signal
    closing.py    closing on time though nothing happens
    listening.py, writers.py   notices wake a sync early, and name the writers of what it then reads
    logs.py, metrics.py, health.py   what it tells people and machines

Comes in: a `Sync`, its interval, a clock. Goes out: log lines, figures, a status page; the work itself is in the store.
May import what the sync may.
"""
