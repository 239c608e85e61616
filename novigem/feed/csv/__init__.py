"""CSV exports turned into changes, as a mapping file says.

    mapping.py, document.py, messages.py       the mapping: read, checked, and what is wrong with it by line
    containers.py, encodings.py, header.py     the file: unpacked, decoded, its columns found
    rows.py, footers.py, columns.py            rows of the export, and what is no row of it
    cells.py, ids.py                           values of cells, ids for things that have none
    dates.py, moments.py, numbers.py, money.py how people write dates and amounts
    record_states.py, conditions.py            the first shape: end states, and which moments happened
    field_history.py, history_events.py        the second: one row for each changed field
    state_log.py, spool.py                     the third: whole states, sorted in a temporary file
    people.py                                  the people in it
    convert.py, conversion.py, remarks.py      all of it together, what comes of it, and what is told besides
    guess.py, guess_forms.py, guess_words.py   a first mapping, with what it leaves open

Comes in: a mapping, CSV files. Goes out: a `Conversion` of changes in order, people, rows set aside. May import model,
settings, errors, and `novigem/feed/source.py`.
"""
