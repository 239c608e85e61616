"""The SQL store: SQLite by default, PostgreSQL through psycopg 3 by URL. SQLAlchemy Core, no ORM."""
