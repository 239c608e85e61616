"""The org that programs are held against in tests of `--org`: the sample org, as a team might set it up."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from unittest import mock

from novigem.cli.connecting import connected
from novigem.feed.salesforce.client import SalesforceOrg
from novigem_sandbox.org import Clock, Running, SampleOrg, serve


def team_org() -> SampleOrg:
    """Give an org with a small team, some fields of its own, and a field that its user may not read."""
    org = SampleOrg(Clock.at(datetime(2026, 1, 5, 12, tzinfo=UTC)), name="Acme")
    # Tests move the clock by hours.
    org.sessions.life_seconds = 10**8
    lead = org.add_user("Lea Manager", role="CS Lead")
    org.add_user("Ann Bell", role="Customer Success Manager", manager=lead)
    org.update(org.add_user("Bob Gone", role="Customer Success Manager"), IsActive=False)
    org.add_field("Opportunity", "Risk__c", "picklist", values=["Low", "High"])
    org.add_field("Opportunity", "Products__c", "multipicklist", values=["Base", "Plus", "Pro"])
    org.add_field("Account", "Tier__c", "picklist", values=["Gold", "Silver"])
    # The sample org makes open picklists; this one is restricted to its values.
    tier = org.objects["Account"].any_field("Tier__c")
    assert tier is not None
    tier.restricted = True
    org.add_formula("Opportunity", "Score__c", lambda record: record["Amount"], type="double")
    org.add_field("Account", "Secret__c")
    org.hide_field("Account", "Secret__c")
    return org


def org_of_several_currencies() -> SampleOrg:
    """Give the org of the team with amounts in three currencies."""
    org = team_org()
    org.add_field("Opportunity", "CurrencyIsoCode", "picklist", values=["EUR", "JPY", "USD"])
    org.add_field("Opportunity", "Deal_Value__c", "currency")
    return org


@contextmanager
def connected_to(running: Running) -> Iterator[SalesforceOrg]:
    """Connect to a served org as the command does."""
    with mock.patch.dict(os.environ, environment(running)), connected() as org:
        yield org


def environment(running: Running) -> dict[str, str]:
    """Give the settings with which a command reaches a served org."""
    return {"NOVIGEM_SF_INSTANCE_URL": running.url, "NOVIGEM_SF_ACCESS_TOKEN": running.token()}


@contextmanager
def served(org: SampleOrg) -> Iterator[Running]:
    """Serve an org, and see that it met no bug of its own."""
    with serve(org) as running:
        yield running
    assert running.failures == []
