"""Screens for a terminal: one module a command, named like it.

    layout.py   styles, and the parts that every screen is made of
    errors.py   the next step of an error, in the words of the command line
    check.py    what is wrong with a program, with its place

Comes in: values that were read, and what the terminal can show. Goes out: rich renderables. May import what views may.
"""
