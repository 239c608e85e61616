"""Views: what people and scripts see. Pure functions from boards, rows and reports to screens, tables and JSON.

    text.py      cleaned text, days, numbers, signs      answers.py   the JSON answers
    tables.py    CSV and Markdown                        terminal.py  styles, and the parts every screen is made of
    standings.py, goals.py, medals.py, lines.py, verdicts.py, report.py, proofs.py, sync.py, status.py   one screen each

Comes in: values that were read. Goes out: rich renderables and plain text. Nothing here reads a store, a file or the
clock, and nothing here is interpreted: text from Salesforce is cleaned and never read as markup.
"""
