"""The contract that every store keeps, as tests to inherit: one class an area, all of them in `StoreContract`.

Comes in: a fixture `store`. Goes out: passed or failed tests. `samples.py` makes the rows. May import planning,
engine, ledger and model; imports no pytest.
"""
