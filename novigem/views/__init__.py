"""Views: what people and scripts see. Pure functions from boards, rows and reports to screens, tables and JSON.

    words.py     cleaned text, days, numbers, signs
    cast.py      names of people, teams and days of closings
    tables.py    CSV and Markdown
    terminal/    screens, one module a command
    json/        the JSON answers

Comes in: values that were read. Goes out: rich renderables and plain text. Nothing here reads a store, a file or the
clock, and nothing here is interpreted: text from Salesforce is cleaned and never read as markup.
"""
