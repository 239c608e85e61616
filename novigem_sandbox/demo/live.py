"""A season that runs now: the team at work in a sample org of its own, and a sync every few seconds.

Its moments are those of this machine's clock, so nothing here is the same twice, and nothing is kept: every start is
another org, and a database belongs to one.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pydantic import SecretStr

from novigem.engine.engine import Engine
from novigem.errors import NovigemError
from novigem.feed.salesforce.client import connect
from novigem.feed.salesforce.settings import OrgSettings, ReadyToken
from novigem.ledger.sql.store import open_store
from novigem.model.ids import id18
from novigem.program import load_program
from novigem.program.playbooks import copy_playbook
from novigem.sync import Sync
from novigem_sandbox.demo.story import PLAYBOOK
from novigem_sandbox.org import SampleOrg, serve
from novigem_sandbox.team.furnish import build_team
from novigem_sandbox.team.live import Live

_LOG = logging.getLogger("novigem.web")
_OPPORTUNITIES: Final = 100
_SEED: Final = 7
_SESSION_SECONDS: Final = 12 * 3600


@contextmanager
def live_season(*, pace: float = 0.5, every_seconds: float = 3.0) -> Iterator[str]:
    """Let the team work, and its org be synced, until the block ends; gives the URL of the database.

    The season began on the Monday of this week. Raises NovigemError where the first sync fails.
    """
    today = datetime.now(UTC).date()
    org = SampleOrg(keep_versions=False, org_id=id18(f"00DNv0{int(time.time()) % 10**9:09d}"))
    org.sessions.life_seconds = _SESSION_SECONDS
    team = build_team(org, opportunities=_OPPORTUNITIES, seed=_SEED)
    with TemporaryDirectory(prefix="novigem-live-") as name, serve(org) as running:
        folder = Path(name)
        file = copy_playbook(PLAYBOOK, folder / f"{PLAYBOOK}.yaml", today - timedelta(days=today.weekday()))
        database = f"sqlite:///{folder / 'novigem.db'}"
        settings = OrgSettings(ReadyToken(running.url, SecretStr(running.token())))
        with closing(open_store(database)) as store, connect(settings) as connection:
            over = threading.Event()
            sync = Sync(Engine(store, [load_program(file)]), connection, stop=over)
            # What there is already counts for nothing, so it is read before anybody works.
            sync.run()
            thread = threading.Thread(target=_sync_on, args=(sync, over, every_seconds), name="live-sync")
            with Live(team, pace):
                thread.start()
                try:
                    yield database
                finally:
                    over.set()
                    thread.join()


def _sync_on(sync: Sync, over: threading.Event, every_seconds: float) -> None:
    while not over.wait(every_seconds):
        try:
            sync.run()
        except NovigemError as error:
            _LOG.warning("a sync failed: %s", error.message)
