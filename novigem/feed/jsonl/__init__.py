"""Changes from files of JSON lines, and back.

    files.py         opening a file or a stream
    line_reader.py   bytes to lines, with a digest that proves how far we are
    lines.py         one line: a change, people, or a reason why it is neither
    people.py        the people of a header line
    source.py        the source of pages, and writing such files

Comes in: a path or a stream. Goes out: `Page`s of changes and people with their positions. May import model, settings,
errors, and `novigem/feed/source.py`.
"""
