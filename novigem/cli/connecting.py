"""Connecting: settings to a connected org, for every command that asks Salesforce."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Annotated

import typer

from novigem.feed.salesforce.client import SalesforceOrg, connect
from novigem.feed.salesforce.settings import load_org_settings

TargetOrgOption = Annotated[
    str | None,
    typer.Option("--target-org", metavar="ALIAS", help="The org, by its alias in the installed sf command."),
]


@contextmanager
def connected(target_org: str | None = None, *, stop: Event | None = None) -> Iterator[SalesforceOrg]:
    """Connect to the org of this call; when `stop` is set, whatever waits for Salesforce ends.

    Raises SettingsError, OrgError, SessionError, LimitReached, OrgUnavailable.
    """
    settings = load_org_settings({"target_org": target_org}, environment=os.environ)
    with connect(settings, stop=stop) as org:
        yield org
