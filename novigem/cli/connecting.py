"""Connecting: settings to a connected org, for every command that asks Salesforce."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Annotated

import typer

from novigem.feed.salesforce.client import SalesforceOrg, connect
from novigem.feed.salesforce.settings import OrgSettings, load_org_settings

TargetOrgOption = Annotated[
    str | None,
    typer.Option("--target-org", metavar="ALIAS", help="The org, by its alias in the installed sf command."),
]


@contextmanager
def connected(target_org: str | None = None, *, stop: Event | None = None) -> Iterator[SalesforceOrg]:
    """Connect to the org of this call; when `stop` is set, whatever waits for Salesforce ends.

    Raises SettingsError, OrgError, SessionError, LimitReached, OrgUnavailable.
    """
    with connect(org_settings(target_org), stop=stop) as org:
        yield org


def org_settings(target_org: str | None = None, budget: float | None = None) -> OrgSettings:
    """Give the settings of the connection of this call. Raises SettingsError."""
    flags = {"target_org": target_org, "budget_share": None if budget is None else str(budget)}
    return load_org_settings(flags, environment=os.environ, host_beside_secret=True)
