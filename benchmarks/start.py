"""How long the command takes to start, beside importing what every typer program imports.

python -m benchmarks start [--quick]
"""

import subprocess
import sys

from benchmarks.measure import Work, interleaved, ratio, table, verdict

_HELP = "import sys; sys.argv = ['novigem', '--help']; from novigem.cli.main import main; main()"
_LIBRARIES = "import typer, rich"


def main(*, quick: bool = False) -> None:
    """Measure and print."""
    works: dict[str, Work] = {"novigem --help": _starter(_HELP), f'python -c "{_LIBRARIES}"': _starter(_LIBRARIES)}
    rates = interleaved(works, 5 if quick else 15)
    ours, libraries = rates
    rows = [(name, f"{1000 / sorted(values)[len(values) // 2]:.0f} ms") for name, values in rates.items()]
    table("Starting", ("", "median"), rows)
    verdict("time of `novigem --help` to the imports", ratio(rates, libraries, ours), 2, at_least=False)


def _starter(code: str) -> Work:
    def start() -> int:
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        return 1

    return start


if __name__ == "__main__":
    main()
