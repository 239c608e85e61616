"""One deal written as many: more small records on one account within an hour than is usual here."""

from collections import Counter, deque
from collections.abc import Iterator
from math import log2

from novigem.audit.flags.activity import Activity
from novigem.audit.flags.detector import Background, Finding, finding
from novigem.audit.flags.matches import RuleMatch
from novigem.audit.flags.statistics import median
from novigem.model.periods import SECOND

_WEIGHT = 45
# Amounts are counted in steps of a quarter of an octave: the middle of them is then known to a tenth.
_STEPS = 4
_FEW_GROUPS = 20
# Beyond it a number in the field is no amount of money, and too large to reckon with.
_LARGEST = 1e15
_MOST_OFTEN = 0.95

Key = tuple[str, str]


class _Group:
    """The records of one person on one account, within an hour of the first."""

    def __init__(self, started: int) -> None:
        self.started = started
        self.rule_matches: list[RuleMatch] = []
        self.amounts: list[float] = []

    @property
    def size(self) -> int:
        """How many records; two rules that pay for one do not make two."""
        return len({rule_match.entry.record for rule_match in self.rule_matches})


class SplitWatch:
    """`splitting`: state is the last hour, how large groups are for each person, and how large amounts are."""

    def __init__(self, background: Background) -> None:
        self._background = background
        self._within = background.settings.split_minutes * 60 * SECOND
        self._open: dict[Key, _Group] = {}
        self._order: deque[Key] = deque()
        self._sizes: dict[str, Counter[int]] = {}
        self._amounts: Counter[int] = Counter()
        self._large: list[tuple[str, _Group]] = []

    def see(self, activity: Activity) -> None:
        """Learn what happened next; only records that a rule pays for when they are created are looked at."""
        while self._order and activity.at - self._open[self._order[0]].started >= self._within:
            self._close(self._order.popleft())
        change = activity.change
        if change is None or change.kind != "create" or self._background.is_software(change.by):
            return
        amount = change.new.get("Amount")
        for rule_match in activity.news:
            entry = rule_match.entry
            if entry.account is None or entry.account == entry.record:
                continue
            key = (entry.user, entry.account)
            if key not in self._open:
                self._open[key] = _Group(activity.at)
                self._order.append(key)
            self._open[key].rule_matches.append(rule_match)
            if isinstance(amount, int | float) and 0 < amount < _LARGEST:
                self._open[key].amounts.append(amount)
                self._amounts[round(log2(amount) * _STEPS)] += 1

    def _close(self, key: Key) -> None:
        group = self._open.pop(key)
        size = group.size
        self._sizes.setdefault(key[0], Counter())[size] += 1
        if size >= self._background.settings.split_records:
            self._large.append((key[0], group))

    def findings(self) -> Iterator[Finding]:
        """Yield a finding for each group that is larger, and of smaller records, than is usual here."""
        while self._order:
            self._close(self._order.popleft())
        for user, group in self._large:
            if group.size > self._usual(user) and self._is_small(group):
                yield self._told(user, group)

    def _usual(self, user: str) -> float:
        """Give the largest group that is usual: for the team, or for the person up to twice that."""
        others: Counter[int] = Counter()
        for name, sizes in self._sizes.items():
            if name != user:
                others += sizes
        team = 1.0 if others.total() < _FEW_GROUPS else _place(others, _MOST_OFTEN)
        return max(team, min(_place(self._sizes[user], 0.5), 2 * team))

    def _is_small(self, group: _Group) -> bool:
        if not group.amounts:
            return True
        usual = 2 ** (_place(self._amounts, 0.5) / _STEPS)
        return median(group.amounts) < self._background.settings.split_share * usual

    def _told(self, user: str, group: _Group) -> Finding:
        first, last = group.rule_matches[0].entry.occurred, group.rule_matches[-1].entry.occurred
        minutes = max(1, (last - first) // (60 * SECOND))
        amounts = f", of {median(group.amounts):,.0f} each in the middle" if group.amounts else ""
        evidence = (
            f"{group.size} records on one account within {minutes} minutes, on "
            f"{self._background.moment(group.started)}{amounts}; usual here are at most {self._usual(user):.0f}"
        )
        ratio = group.size / self._background.settings.split_records
        return finding(
            "splitting", self._background, user, group.rule_matches, evidence=evidence, ratio=ratio, weight=_WEIGHT
        )


def _place(counts: Counter[int], share: float) -> float:
    """Give the smallest value that at least this share of the counted ones do not exceed."""
    seen = 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= share * counts.total():
            return float(value)
    return 0.0
