"""CSV exports turned into changes, as a mapping file says.

    mapping.py, document.py, messages.py   the mapping: read, checked, and what is wrong with it by line
    rows.py, cells.py, ids.py              rows of the export, values of cells, ids for things that have none
    record_states.py, field_history.py     the two shapes an export may have
    people.py                              the people in it
    convert.py, conversion.py              all of it together, and what comes of it

Comes in: a mapping, CSV files. Goes out: a `Conversion` of changes in order, people, rows set aside. May import model,
settings, errors, and `novigem/feed/source.py`.
"""
