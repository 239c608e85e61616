"""The command as a process: two at once, stopped, piped into something that closes, and how fast it starts."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.golden.cli.world import changes_text, novigem

MODULE = [sys.executable, "-m", "novigem.cli.main"]
RUN = ("run", "spring.yaml", "--from", "changes.jsonl")


def many(count: int) -> str:
    """Give a file of many signals by one person."""
    lines = changes_text().splitlines()
    signal_line = json.loads(lines[1])
    more = [json.dumps(signal_line | {"id": f"006M{number:011}"}) for number in range(count)]
    return "\n".join([lines[0], *more]) + "\n"


def test_two_runs_at_once_make_one_ledger(fresh: Path, fed_once: Path) -> None:
    (fresh / "changes.jsonl").write_text(many(600), encoding="utf-8")
    command = [*MODULE, *RUN, "--batch", "20"]
    both = [subprocess.Popen(command, cwd=fresh, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _one in range(2)]
    ends = [(one.communicate(timeout=60), one.returncode) for one in both]
    assert [code for _output, code in ends] == [0, 0], ends
    lines = [
        json.loads(line) for line in novigem(fresh, "ledger", "--json", "--rule", "signal-logged").out.splitlines()
    ]
    assert len({line["key"] for line in lines}) == len(lines) == 600
    assert novigem(fresh, "doctor").code == 0


def test_a_run_that_is_stopped_says_that_what_is_committed_stays(fresh: Path) -> None:
    # A shell that put these tests in the background had them ignore the signal; the command must not inherit that.
    command = ["env", "--default-signal=INT", *MODULE, "run", "spring.yaml", "--from", "-", "--batch", "5"]
    run = subprocess.Popen(
        command, cwd=fresh, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert run.stdin is not None
    run.stdin.write(many(4000))
    run.stdin.flush()
    deadline = time.monotonic() + 30
    while not (fresh / "novigem.db").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.2)
    run.send_signal(signal.SIGINT)
    _out, err = run.communicate(timeout=30)
    assert run.returncode == 130
    assert "what is committed stays" in err
    assert "Traceback" not in err
    (fresh / "all.jsonl").write_text(many(4000), encoding="utf-8")
    assert novigem(fresh, "run", "spring.yaml", "--from", "all.jsonl").code == 0
    assert novigem(fresh, "doctor").code == 0


def test_a_reader_that_leaves_early_is_no_mistake(fed_once: Path) -> None:
    command = f"{sys.executable} -m novigem.cli.main ledger --csv | head -n 1"
    done = subprocess.run(["/bin/sh", "-c", command], cwd=fed_once, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    closed = subprocess.Popen([*MODULE, "board"], cwd=fed_once, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert closed.stdout is not None
    closed.stdout.close()
    assert closed.stderr is not None
    errors = closed.stderr.read()
    closed.stderr.close()
    assert (closed.wait(timeout=30), errors) == (0, b"")


def test_a_full_disk_behind_the_output_is_told(fed_once: Path) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [*MODULE, "board"], cwd=fed_once, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


def test_the_command_stands_on_the_path_and_names_its_version(tmp_path: Path) -> None:
    command = Path(sys.executable).parent / "novigem"
    done = subprocess.run([command, "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.startswith("novigem ")) == (0, True)


def test_converting_pipes_into_running(fed_once: Path, tmp_path: Path) -> None:
    convert = f"{' '.join(MODULE)} convert export.csv --map map.yaml"
    run = f"{' '.join(MODULE)} run spring.yaml --from - --json --db sqlite:///{tmp_path}/piped.db"
    done = subprocess.run(
        ["/bin/sh", "-c", f"{convert} | {run}"], cwd=fed_once, capture_output=True, text=True, check=False
    )
    assert json.loads(done.stdout)["changes"] == 3
    assert "4 rows of export.csv" in done.stderr


def test_the_help_loads_no_store_no_models_and_no_reader() -> None:
    code = (
        "import sys; from novigem.cli.main import app; from typer.testing import CliRunner; "
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0; "
        "heavy = {'sqlalchemy', 'pydantic', 'yaml', 'msgspec', 'rich.console', 'alembic'}; "
        "heavy |= {'requests', 'simple_salesforce', 'apscheduler', 'grpc'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
