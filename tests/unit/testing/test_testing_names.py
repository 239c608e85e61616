"""What `novigem.testing` gives to other people's tests, and that it asks for nothing in return."""

import importlib
import subprocess
import sys

TESTING = [
    "BoardContract", "ClosingContract", "FeedContract", "FeedStateContract", "FlagContract", "JournalContract",
    "LedgerContract", "MemorySource", "MemoryStore", "PrivacyContract", "StateContract", "StoreContract",
    "TeamContract", "make_change", "make_id", "make_person", "make_program",
]  # fmt: skip


def test_the_names_for_tests_are_the_tested_list() -> None:
    testing = importlib.import_module("novigem.testing")
    assert sorted(testing.__all__) == TESTING
    assert all(getattr(testing, name).__doc__ for name in TESTING)


def test_helpers_for_tests_need_no_pytest() -> None:
    code = "import sys, novigem.testing; print([n for n in ('pytest', 'hypothesis') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
