"""`python -m benchmarks all|NAME... [--quick]`."""

import argparse
from importlib import import_module

NAMES = ("rules", "run", "ledger", "board", "sync", "start", "flags", "seasons", "pages")


def main() -> None:
    """Run the benchmarks that are named."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure Novigem beside its peers and limits."
    )
    parser.add_argument("names", nargs="+", choices=("all", *NAMES), metavar="NAME", help=f"all, {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="small sizes: a first look in a minute or two")
    options = parser.parse_args()
    for name in NAMES if "all" in options.names else options.names:
        import_module(f"benchmarks.{name}").main(quick=options.quick)


if __name__ == "__main__":
    main()
