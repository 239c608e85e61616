"""Live: pages that are told when something was written, by server-sent events.

    hub.py       one look at the database a second, and what it leads to for every open stream
    streams.py   `stream`: a function of a visit as a route that goes on telling

What many see alike (a board, a wall) is made once for all who look at it in the same role and language; one's own row
is fetched by whoever it is about. Nothing is looked at while nobody has a stream open.
"""
