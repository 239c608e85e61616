"""Views: what people and scripts see. Pure functions from boards, rows and reports to screens, tables and JSON.

    words.py     cleaned text, days, numbers, signs
    cast.py      names of people, teams and days of closings
    tables.py    CSV and Markdown
    program_words.py, with rule_words.py and challenge_words.py: a program in plain words
    chance_words.py, review_words.py: what still pays, and a review, in words
    terminal/    screens, one module a command
    json/        the JSON answers
    web/         the pages and the API, with a map of their own

Comes in: values that were read. Goes out: rich renderables and plain text. Nothing here but web/ reads a store, a file
or the clock, and nothing here is interpreted: text from Salesforce is cleaned and never read as markup.
"""
