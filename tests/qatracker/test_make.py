"""`make run` says in a sentence why it cannot start, before anything is made."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = f"BIN={Path(sys.executable).parent}"


def make(*arguments, folder=ROOT):
    """Run make with this environment; return its exit code and what it said."""
    done = subprocess.run(
        ["make", "--no-print-directory", "-f", ROOT / "Makefile", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr.splitlines()[0]


def test_run_on_a_port_that_is_taken_starts_nothing():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        code, said, refusal = make("-o", ".venv/product", "run", HERE, f"PORT={port}")

    assert (code, said) == (2, "")
    assert refusal.startswith(f"Nothing was started: port {port} cannot be used")
    assert refusal.endswith("Choose another: make run PORT=8001")


def test_run_on_what_is_no_port_starts_nothing():
    code, said, refusal = make("-o", ".venv/product", "run", HERE, "PORT=99999")

    assert (code, said) == (2, "")
    assert refusal.startswith("Nothing was started: port 99999 cannot be used")


def test_python_without_ensurepip_is_told_what_to_install(tmp_path):
    python = tmp_path / "python"
    python.write_text(
        f'#!{sys.executable}\nimport sys\nsys.modules["ensurepip"] = None\n'
        "exec(sys.argv[2])\n"
    )
    python.chmod(python.stat().st_mode | stat.S_IEXEC)

    (tmp_path / "requirements.txt").touch()

    code, said, refusal = make(".venv/product", f"PYTHON={python}", folder=tmp_path)

    assert (code, said, refusal) == (
        2,
        "",
        "This Python cannot make environments: venv or ensurepip is missing. On Debian"
        " and Ubuntu: apt-get install python3-venv",
    )
    assert not (tmp_path / ".venv").exists()
