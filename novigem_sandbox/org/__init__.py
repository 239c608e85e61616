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

The way through: `service.py` takes a request to `routes/`, which ask `org.py` (behaviour) on top of `database.py`
(rows, transactions) and `soql/`. Imports only `novigem.model` and `novigem.errors`.
"""

from novigem_sandbox.org import faults
from novigem_sandbox.org.clock import Clock
from novigem_sandbox.org.errors import Refusal
from novigem_sandbox.org.org import SampleOrg
from novigem_sandbox.org.server import Running, serve
from novigem_sandbox.org.transaction import Transaction

__all__ = ["Clock", "Refusal", "Running", "SampleOrg", "Transaction", "faults", "serve"]
