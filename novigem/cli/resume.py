"""`novigem resume`: a paused program pays again."""

from novigem.cli.options import new_command
from novigem.cli.pause import resume

command = new_command(
    resume, ["novigem resume account-expansion", "novigem resume account-expansion --from 2026-02-09"]
)
