"""The JSON API: the nouns of the pages, with the bodies that the commands print for `--json`.

    app.py        `create_api`: a FastAPI application, mounted at /api
    door.py       one request: its token or its session, its rate, its visit
    whose.py      about whom somebody may ask
    parts.py      what addresses and queries may hold
    problems.py   what is wrong, as problem details
    models/       what answers look like: OpenAPI is made of them, and a test holds them against the answers
    routes/       one module for each noun or two

Comes in: a `Site`. Goes out: JSON. Decides nothing: who may see what is in the table of `novigem.access`, and what is
read is read through a `Visit`, as by the pages.
"""
