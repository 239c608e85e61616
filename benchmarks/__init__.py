"""Benchmarks: plain scripts that print ratios, never timed tests. See README.md."""
