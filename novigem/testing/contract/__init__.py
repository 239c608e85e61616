"""The contract suite that every store passes, one class an area."""
