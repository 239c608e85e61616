"""Access: who may see or do what. Pure: one table of roles and reaches, and the question put to it.

    roles.py   the roles, and which of them somebody has
    table.py   the table, walked in full by a test

Comes in: who looks, and whose it is that they want to see. Goes out: yes or no. Imports only the model.
"""
