"""The sample org: a small Salesforce-compatible server on loopback, for tests, demos and developers without an org.

    org = SampleOrg(Clock.at(datetime(2026, 1, 5, 12, tzinfo=UTC)))     # or SampleOrg(): real time
    ann = org.add_user("Ann Bell", role="Customer Success Manager")
    acme = org.create("Account", Name="Acme", user=ann)
    deal = org.create("Opportunity", Name="More seats", AccountId=acme, StageName="Qualification", user=ann)
    tx = org.begin(user=ann)                                            # stamped now ...
    tx.update(deal, StageName="Closed Won", Amount=1200.50)
    org.clock.advance(240)
    tx.commit()                                                         # ... visible four minutes later
    org.versions(deal)                                                  # every committed version, for oracles
    org.faults.add(faults.unavailable(), "/query", at=2)                # the second query gets a 503
    with serve(org) as running:
        print(running.url, running.token())

Also: `load` (fast, in bulk), `delete`, `undelete`, `merge`, `convert_lead`, `touch`, `rename_picklist`, `archive`,
`purge`, `add_field`, `add_formula`, `hide_field`, `hide_records`, `query`, `records`, and `sessions`, `usage`,
`cursors`, `jobs` for what stands behind the API.

Comes in: calls of the class, or requests over HTTP. Goes out: what Salesforce would answer. Of the library it imports
`whole_id` and, to read a fault from the command line, InputError; it knows nothing else of it.

    server.py       listens, and hands each request to
    service.py      which lets faults strike and asks routes/, one file for each group of addresses
    org.py          `SampleOrg`: what users, administrators, sharing and internal jobs do
    jobs.py         query jobs of the Bulk API; usage.py, sessions.py and codes.py count and admit
    soql/           text of a query to its rows
    transaction.py  statements of one user, with automation.py, family.py and histories.py for what follows from them
    database.py     the committed rows, on table.py, record.py, locks.py and values.py
    schema.py       the objects, from data/; describe.py shows them
    faults.py       what goes wrong; fault_spec.py reads it from the command line
    clock.py        the org's own time
    errors.py       `Refusal`, with http.py for how an answer is written
"""

from novigem_sandbox.org import faults
from novigem_sandbox.org.clock import Clock
from novigem_sandbox.org.errors import Refusal
from novigem_sandbox.org.org import SampleOrg
from novigem_sandbox.org.server import Running, serve
from novigem_sandbox.org.transaction import Transaction

__all__ = ["Clock", "Refusal", "Running", "SampleOrg", "Transaction", "faults", "serve"]
