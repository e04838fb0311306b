"""Commands on another database than that of the test."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def manage(address, *arguments, pass_fds=()):
    """Run a command on another database; return its exit code and what it says."""
    done = subprocess.run(
        [sys.executable, "manage.py", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ
        | {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "qatracker.settings"},
        capture_output=True,
        text=True,
        check=False,
        pass_fds=pass_fds,
    )
    return done.returncode, done.stdout + done.stderr
