"""What the answers of the API look like. OpenAPI is made of these models; a test holds every answer against them.

base.py       how they are, and the error
boards.py     boards
ledger.py     entries, statements, explanations
people.py     people, progress, badges
programs.py   programs, challenges, seasons
operator.py   how the sync stands
"""
