"""One module a page: its functions of a visit, and `ROUTES`."""
