"""Small writes beside the ledger: how a feed stands, what a person decided about flags, who is listed, totals anew."""

from collections.abc import Iterable, Sequence

from novigem.engine.posting.rebuild import rebuild_totals
from novigem.leaderboards.rollups import Rollups
from novigem.ledger.row_digests import Repair
from novigem.ledger.store import Store
from novigem.model.joins import Joins
from novigem.model.judgement import Judgement, flag_id
from novigem.model.program import Program
from novigem.model.redaction import Redactor


def keep_report(store: Store, feed: str, body: str) -> None:
    """Keep the latest report of a feed, a JSON text; somebody who was erased is not named in it."""
    with store.begin(lock=False) as transaction:
        # What went wrong may be told with the name of somebody who was erased.
        transaction.save_report(feed, transaction.redactor().text(body))


def keep_position(store: Store, feed: str, position: str) -> None:
    """Keep how far a feed has been read, where no page of changes does."""
    with store.begin(lock=False) as transaction:
        transaction.save_position(feed, position)


def keep_judgements(store: Store, judgements: Sequence[Judgement]) -> None:
    """Keep what a person decided about flags, all of it or nothing; a later decision takes the place of an earlier."""
    with store.begin() as transaction:
        redactor = transaction.redactor()
        for judgement in judgements:
            transaction.save_judgement(_redacted(judgement, redactor))


def keep_listing(store: Store, user: str, opted_out: int | None) -> None:
    """Note since when somebody is listed on no board, in microseconds since 1970 UTC; None: they are listed."""
    with store.begin() as transaction:
        person, *users = transaction.joins().group(user)
        transaction.opt_out(person, opted_out)
        # Whatever was wished under one of a person's users is the person's wish, and the last one counts.
        for one in users:
            transaction.opt_out(one, None)


def keep_joins(store: Store, joins: Joins) -> None:
    """Keep who is one person as another store has kept it; nothing that stands is moved by it."""
    with store.begin() as transaction:
        for join in joins.history:
            transaction.save_join(join)


def repair_totals(store: Store, programs: Iterable[Program], repairs: Iterable[Repair] = ()) -> None:
    """Write the totals of programs anew from their ledger, and note it in the journal, in one transaction."""
    with store.begin() as transaction:
        for program in programs:
            rebuild_totals(transaction, program, Rollups(program))
        transaction.note_repairs(repairs)


def _redacted(one: Judgement, redactor: Redactor) -> Judgement:
    """Give a judgement that names nobody who was erased, about the flag that the next look finds."""
    about = redactor.ids(one.about or "")
    return one._replace(
        flag=one.flag if about == one.about else flag_id(about),
        user=redactor.user(one.user),
        reason=redactor.text(one.reason),
        author=redactor.text(one.author),
        about=about,
    )
