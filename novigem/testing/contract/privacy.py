"""What every store does for privacy: wishes, secrets, and rewriting every row that names an erased person."""
# ruff: noqa: S101, PLR2004 - tests: asserts are their point, and expected figures are literal

from novigem.ledger.chain import verify
from novigem.ledger.privacy import Rewritten
from novigem.ledger.store import ItemKey, ProgramUse, RejectedRow, Store, StoredProgram, Transaction
from novigem.model.binding import Binding
from novigem.model.claim import Claim
from novigem.model.closing import FinalProgress, FinalRow, body_digest, read_standings
from novigem.model.entry import EntryKind
from novigem.model.joins import Join
from novigem.model.judgement import Judgement, flag_id
from novigem.model.redaction import NO_REDACTION, Erasure, Redactor, Suppression, suppressions_of
from novigem.testing.builders import make_change, make_id, make_person
from novigem.testing.contract.samples import (
    MONDAY,
    STREAM,
    logged,
    refused,
    sample_badge,
    sample_closing,
    sample_entry,
    sample_progress,
    sample_request,
    sample_snapshot,
    sample_total,
    undone,
)

KEY = bytes(range(32))
ANN, BEN, NOBODY = make_id("005", 1), make_id("005", 2), make_id("005", 900)
SUPPRESSIONS = suppressions_of(KEY, NOBODY, ANN, ("Ann Lee", "ann.lee@acme.example"))
REDACTOR = Redactor(KEY, {one.mark: one for one in SUPPRESSIONS})
EVERY_TABLE = (
    "assignment",
    "badge_award",
    "binding",
    "change",
    "claim",
    "closing",
    "flag",
    "item",
    "join",
    "ledger",
    "person",
    "position",
    "privacy",
    "program",
    "progress",
    "reference",
    "rejected",
    "report",
    "request",
    "snapshot",
    "timeline",
    "total",
)  # fmt: skip - a list of words reads better in lines
#: What nobody may find afterwards.
TRACES = (ANN, ANN[:15], "Ann Lee", "ann.lee@acme.example")


def _fill(store: Store) -> None:
    with store.begin() as transaction:
        fill_tables(transaction)


def fill_tables(transaction: Transaction) -> None:
    """Name one person in every table, and another beside."""
    transaction.append(
        [
            sample_entry(1, key=f"program/rule/{make_id('006', 1)}/{ANN}", reason="thanks to Ann Lee"),
            sample_entry(2, user=BEN, author="Ann.Lee@acme.example"),
            sample_entry(3, user=BEN, goal_item=ANN[:15]),
            sample_entry(4, user=BEN, kind=EntryKind.ADJUSTMENT),
        ]
    )
    transaction.save_progress([sample_progress(1), sample_progress(2)])
    transaction.save_totals([sample_total(1), sample_total(2)])
    transaction.award_badges([sample_badge(1), sample_badge(2)])
    transaction.save_items({ItemKey("scope", ANN, "a"): 1, ItemKey("scope", BEN, ANN[:15]): 2})
    transaction.save_people(
        [
            make_person(1, name="Ann Lee", email="ann.lee@acme.example", role="CSM", timezone="Europe/Paris"),
            make_person(2, name="Ben", manager=1),
            # Another person of the same name goes on to be called so.
            make_person(3, name="Ann Lee"),
        ]
    )
    transaction.log_changes([logged(make_change(owner=1, by=2)), logged(make_change(record=2, owner=2))])
    transaction.log_changes([logged(make_change("undelete", record=1, owner=2))])
    transaction.save_snapshots(STREAM, [sample_snapshot(1, values=f'{{"OwnerId":"{ANN}"}}'), sample_snapshot(2)])
    transaction.save_program(StoredProgram("program", "0123456789ab", f"exclude: [{ANN}]", MONDAY))
    transaction.bind(
        [Binding("program", "person", "ann.lee@acme.example", ANN), Binding("program", "role", "CSM", "R")]
    )
    transaction.bind([Binding("program", "person", "ann.l@acme.example", ANN)])
    transaction.reject([RejectedRow("file", "line 1", "bad", '{"Name": "Ann\\u0020Lee"', MONDAY)])
    transaction.save_position("file:/home/ann.lee/changes", "7")
    transaction.save_report("feed", '{"error":"no answer for ANN LEE"}')
    transaction.opt_out(ANN, MONDAY)
    _fill_later(transaction)


def _fill_later(transaction: Transaction) -> None:
    """Name the person where somebody decides: in claims, versions, flags, requests and final standings."""
    draft = sample_entry(20, key=f"program/rule/{make_id('006', 20)}/{ANN}", reason="thanks to Ann Lee")
    transaction.save_claims(
        [
            ("cap", Claim(draft, wins=True, why="ANN LEE undid it")),
            ("", Claim(sample_entry(21, user=BEN, reason="", author=None))),
        ]
    )
    transaction.save_references([(ANN, make_id("006", 20)), (BEN, make_id("006", 21))])
    used = StoredProgram("program", "ba9876543210", "name: other", MONDAY + 1)
    transaction.use_program(used, ProgramUse("program", MONDAY + 1, used.version, MONDAY, "dated", "Ann Lee", "asked"))
    transaction.save_join(Join(0, ANN, None, MONDAY, MONDAY, "Ben", "Ann Lee asked"))
    about = f"bulk-completion/program/{ANN}/program/rule/1"
    reason = "ask ann.lee@acme.example"
    judged = Judgement(flag_id(about), "program", "bulk-completion", ANN, "confirmed", reason, "Ben", MONDAY, about)
    transaction.save_judgement(judged)
    transaction.add_request(sample_request(user=BEN, author="Ann Lee"))
    rows = (FinalRow(rank=1, user=BEN, points=30, entries=3), FinalRow(rank=1, user=ANN, points=30, entries=3))
    transaction.save_closings(
        [
            sample_closing(1, rows=rows, reason="Ann Lee asked for it", author="Ben"),
            sample_closing(
                2, rows=(), progress=(FinalProgress(user=ANN, value=1, target=2, entries=1, first=1, last=1),)
            ),
            sample_closing(3, rows=rows[:1]),
        ]
    )


def _program(text: str) -> str:
    return text.replace(ANN, NOBODY)


def _erasure() -> Erasure:
    return Erasure(number=0, moment=MONDAY, reason="left", author=None, counts="{}")


class PrivacyContract:
    """The part of `StoreContract` that is about privacy."""

    def test_nobody_is_erased_and_everybody_is_listed_at_first(self, store: Store) -> None:
        """An empty place knows of no wishes."""
        assert (bool(store.redactor()), store.opted_out(), store.erasures()) == (False, {}, [])
        with store.begin() as transaction:
            assert transaction.redactor() is NO_REDACTION

    def test_a_secret_is_made_once_and_differs_by_name(self, store: Store) -> None:
        """Whoever asks for it gets the same, inside a transaction or not."""
        first = store.secret("names")
        with store.begin() as transaction:
            assert transaction.secret("names") == first
            other = transaction.secret("marks")
        assert store.secret("marks") == other != first
        assert len(first) == len(other) == 32

    def test_a_wish_not_to_be_listed_is_kept_until_it_is_taken_back(self, store: Store) -> None:
        """With the moment it was made; taking back what was never wished is no error."""
        with store.begin() as transaction:
            transaction.opt_out(BEN, MONDAY)
            transaction.opt_out(ANN, MONDAY + 1)
            transaction.opt_out(NOBODY, None)
        assert list(store.opted_out().items()) == [(ANN, MONDAY + 1), (BEN, MONDAY)]
        with store.begin() as transaction:
            transaction.opt_out(ANN, None)
        assert store.opted_out() == {BEN: MONDAY}

    def test_erasing_rewrites_every_row_that_names_somebody_and_no_other(self, store: Store) -> None:
        """By id, by address and by name, in every table; the rows found before are those rewritten."""
        _fill(store)
        found = list(store.rows_naming(REDACTOR, _program))
        everything = [str(row) for row in found]
        assert {row.table.removeprefix("novigem_") for row in found} == set(EVERY_TABLE)
        with store.begin(lock=False) as transaction:
            transaction.hold_for_erasure()
            counts = transaction.erase(REDACTOR, _program).counts
        assert counts == {table: [row.table for row in found].count(table) for table in {row.table for row in found}}
        assert counts["novigem_ledger"] == 3
        assert list(store.rows_naming(REDACTOR, _program)) == []
        assert not [trace for trace in TRACES if any(trace in text for text in _texts(store))]
        assert any(ANN in text for text in everything)

    def test_erasing_leaves_every_figure(self, store: Store) -> None:
        """Only the id is another, and the key that is made of it is found under its new text."""
        _fill(store)
        before = _figures(store)
        with store.begin(lock=False) as transaction:
            transaction.hold_for_erasure()
            transaction.erase(REDACTOR, _program)
        assert _figures(store) == before
        (entry,) = [one for one in store.entries() if one.user == NOBODY]
        assert store.latest([entry.key])[entry.key].entry == entry
        assert store.people([NOBODY, BEN, make_id("005", 3)]) == {
            # By whose clock the days were counted stays, or they could not be counted again.
            NOBODY: make_person(NOBODY, role="CSM", timezone="Europe/Paris"),
            BEN: make_person(2, name="Ben", manager=NOBODY),
            make_id("005", 3): make_person(3, name="Ann Lee"),
        }
        assert store.opted_out() == {NOBODY: MONDAY}

    def test_an_erased_change_keeps_the_digest_it_came_with(self, store: Store) -> None:
        """So what it led to still names it, and the same change is known when it comes again."""
        _fill(store)
        raw = logged(make_change(owner=1, by=2))
        with store.begin(lock=False) as transaction:
            transaction.hold_for_erasure()
            transaction.erase(REDACTOR, _program)
            assert transaction.log_changes([raw]) == 0
        ((kept, change),) = [one for one in store.changes_of([raw.record]) if one[0].kind == raw.kind]
        assert (kept.digest, change.came_as, change.new["OwnerId"]) == (raw.digest, raw.digest.hex(), NOBODY)

    def test_the_journal_is_written_anew_from_the_first_entry_that_named_somebody(self, store: Store) -> None:
        """It proves the ledger as before, and what it ended in before and after is told."""
        with store.begin() as transaction:
            transaction.append([sample_entry(10, user=BEN), sample_entry(11, user=BEN)])
        _fill(store)
        with store.begin() as transaction:
            transaction.append([sample_entry(12, user=BEN)])
        before = list(store.journal())
        with store.begin(lock=False) as transaction:
            transaction.hold_for_erasure()
            rewritten = transaction.erase(REDACTOR, _program)
        after = list(store.journal())
        assert list(verify(after, store.entry_bodies())) == []
        assert (rewritten.before, rewritten.after) == (before[-1].digest, after[-1].digest)
        assert [one == other for one, other in zip(before, after, strict=True)] == [True, False, False]
        assert [one[:4] for one in after] == [one[:4] for one in before]
        with store.begin(lock=False) as transaction:
            transaction.hold_for_erasure()
            assert transaction.erase(REDACTOR, _program) == Rewritten({})

    def test_final_standings_are_sealed_anew_and_keep_every_place(self, store: Store) -> None:
        """Their hash is that of the new body, and what it was before and after is told."""
        _fill(store)
        before = store.closings()
        with store.begin(lock=False) as transaction:
            transaction.hold_for_erasure()
            rewritten = transaction.erase(REDACTOR, _program)
        after = store.closings()
        assert [one.digest for one in after] == [body_digest(one.body) for one in after]
        pairs = list(zip(before, after, strict=True))
        told = {(one.period, one.before, one.after) for one in rewritten.closings}
        assert told == {(old.period, old.digest, new.digest) for old, new in pairs if old.body != new.body}
        assert [old == new for old, new in pairs] == [False, False, True]
        assert [one.body.replace(ANN, NOBODY) for one in before][1:] == [one.body for one in after][1:]
        assert [(row.rank, row.user) for row in read_standings(after[0]).rows] == [(1, BEN), (1, NOBODY)]

    def test_where_final_standings_were_altered_erasing_is_refused(self, store: Store) -> None:
        """Sealing them anew would hide it."""
        with store.begin() as transaction:
            transaction.save_closings([sample_closing(1)._replace(digest="0" * 64)])
        with refused(), store.begin(lock=False) as transaction:
            transaction.hold_for_erasure()
            transaction.erase(REDACTOR, _program)

    def test_claims_and_judgements_are_found_again_under_what_they_are_called_now(self, store: Store) -> None:
        """A claim by the digest of its fact, a judgement by the id of its flag."""
        _fill(store)
        with store.begin(lock=False) as transaction:
            transaction.hold_for_erasure()
            transaction.erase(REDACTOR, _program)
        with store.begin() as transaction:
            key = f"program/rule/{make_id('006', 20)}/{NOBODY}"
            (claim,) = transaction.claims_of_facts([key])
            assert (claim.draft.key, claim.draft.user, claim.draft.points) == (key, NOBODY, 10)
            assert transaction.claims_between([("cap", NOBODY)], MONDAY, MONDAY + 100) == [claim]
        (judged,) = store.judgements("program")
        assert (judged.flag, judged.user) == (flag_id(f"bulk-completion/program/{NOBODY}/program/rule/1"), NOBODY)

    def test_an_erasure_that_fails_leaves_everything_as_it_was(self, store: Store) -> None:
        """One transaction, the guards of the ledger among it."""
        _fill(store)
        before = _texts(store)
        with undone(store) as transaction:
            transaction.hold_for_erasure()
            transaction.erase(REDACTOR, _program)
            transaction.save_erasure(_erasure(), SUPPRESSIONS)
        assert (_texts(store), store.erasures(), bool(store.redactor())) == (before, [], False)

    def test_erasures_are_numbered_and_their_marks_make_the_redactor(self, store: Store) -> None:
        """Of who was erased the marks alone are kept."""
        with store.begin() as transaction:
            transaction.secret("marks")
            assert transaction.save_erasure(_erasure(), SUPPRESSIONS).number == 1
            assert transaction.save_erasure(_erasure(), [Suppression(bytes(16), 0, BEN)]).number == 2
        assert [one.number for one in store.erasures()] == [1, 2]
        assert set(store.redactor().suppressions) == {one.mark for one in SUPPRESSIONS} | {bytes(16)}


def _texts(store: Store) -> list[str]:
    """Give every row of a filled store as text, but for the other person of the same name."""
    rows: list[object] = [*store.entries(), *store.progress_rows(), *store.badges(), *store.rollup_totals("")]
    rows += [*store.changes(), *store.every_snapshot(STREAM), *store.programs(), *store.rejected()]
    rows += [*store.positions("").items(), *store.reports().items(), *store.opted_out().items()]
    rows += [*store.timeline(), *store.judgements("program"), *store.requests(), *store.closings()]
    with store.begin() as transaction:
        rows += transaction.claims_of_records([make_id("006", 20), make_id("006", 21)])
    rows += [one for one in store.everybody() if one.id != make_id("005", 3)]
    return [str(row) for row in rows]


def _figures(store: Store) -> list[object]:
    """Give every figure of a filled store, without ids and texts."""
    entries = [(one.number, one.points, one.occurred, one.generation, one.change) for one in store.entries()]
    progress = sorted((one.value, one.entries, one.last) for one in store.progress_rows())
    totals = sorted((one.book, one.points, one.entries, one.accounts) for one in store.rollup_totals(""))
    return [entries, progress, totals, len(store.badges()), [one.digest for one, _change in store.changes()]]
