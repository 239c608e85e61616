"""The SQL store: SQLite by default, PostgreSQL through psycopg 3 by URL. SQLAlchemy Core, no ORM.

Comes in and goes out what the protocol says; no exception of SQLAlchemy leaves it. May import the ledger's protocol,
SQLAlchemy, and Alembic where a schema is made. The one place that knows of databases.

    reader.py        every question, over a connection: the store's own for each, a transaction's for all
    transaction.py   everything that is written, on one connection
    store.py         connections, the beginning of a transaction, the schema at first use
    rows.py, bulk.py          rows and values; many of them at once, straight to the driver
    ranks.py, snapshots.py, leases.py, privacy_rows.py, erasing.py   functions over a connection, one idea each
    tables.py, schema.py, migrations/   the tables, and how a database gets them
    connections.py, errors.py           engines; what a database says, in our words
"""
