"""The addresses of the API, a module for each family.

Comes in: a call, which is a request and the org that it asks. Goes out: an answer, or a refusal.

    table.py, call.py             which route answers which address, and what it is given
    login.py, soap.py             sessions
    openid.py                     signing people in by OpenID Connect
    catalogue.py                  versions, limits, describes
    queries.py, bulk.py           SOQL, page by page or as a job
    records.py, replication.py    single records, and what changed in a window
"""
