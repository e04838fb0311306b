"""The Makefile: `run` says why it cannot start; `check` asks every tool once."""

import http.server
import os
import re
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = f"BIN={Path(sys.executable).parent}"
# The environment of the tools is taken as it is.
INSTALLED = ("-o", ".venv/tests", "-o", ".venv/checks")
PARTS = ("lint", "types", "templates", "migrations", "advisories")
CALLS = [
    "ruff check .",
    "ruff format --check .",
    "mypy",
    "djlint --quiet templates",
    "python manage.py makemigrations --check --dry-run",
    "python tests/advisories.py",
]


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
    return done.returncode, done.stdout, next(iter(done.stderr.splitlines()), "")


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


@pytest.fixture
def tools(tmp_path):
    """Return a folder of tools that note how they are called, and their notebook."""
    calls = tmp_path / "calls"
    for name in ("ruff", "mypy", "djlint", "python"):
        tool = tmp_path / name
        tool.write_text(
            f'#!/bin/sh\ncall=$(echo {name} "$@"); echo "$call" >> {calls}\n'
            f'test "$call" != "$(cat {tmp_path}/failing 2>/dev/null)"\n'
        )
        tool.chmod(tool.stat().st_mode | stat.S_IEXEC)
    return tmp_path


def called(tools):
    return (tools / "calls").read_text().splitlines()


def test_check_asks_every_tool_once(tools):
    code, _said, _refusal = make(*INSTALLED, "check", f"BIN={tools}")

    assert (code, called(tools)) == (0, CALLS)


@pytest.mark.parametrize("call", CALLS)
def test_check_fails_where_one_tool_does(tools, call):
    (tools / "failing").write_text(call)

    code, _said, refusal = make(*INSTALLED, "check", f"BIN={tools}")

    assert (code, called(tools)[-1]) == (2, call)
    assert refusal.startswith("make: ***")


@pytest.mark.parametrize(
    ("address", "databases"),
    [("", [""]), ("postgres://a:b$c@db/x", ["", "postgres://a:b$c@db/x"])],
    ids=["SQLite alone", "both"],
)
def test_suite_runs_beside_the_same_check_but_for_the_advisories(
    tools, address, databases
):
    (tools / "python").write_text(
        f'#!/bin/sh\necho python "$@" >> {tools}/calls\n'
        f"test \"$1\" != tests/postgres.py || echo '{address}'\n"
    )
    suite = tools / "pytest"
    suite.write_text(
        f'#!/bin/sh\necho "pytest at $DATABASE_URL on both $ON_BOTH" >> {tools}/calls\n'
    )
    suite.chmod(suite.stat().st_mode | stat.S_IEXEC)

    code, _said, refusal = make(*INSTALLED, "test", f"BIN={tools}")

    on_both = "1" if address else ""
    assert (code, refusal) == (0, "")
    assert sorted(called(tools)) == sorted(
        [
            *CALLS[:-1],
            "python tests/postgres.py",
            "python -m pytest --collect-only -qq",
            *(f"pytest at {one} on both {on_both}" for one in databases),
        ]
    )


@pytest.mark.parametrize("call", [*CALLS[:-1], "python tests/postgres.py", "pytest"])
def test_suite_fails_where_a_part_of_it_does(tools, call):
    suite = tools / "pytest"
    suite.write_text(f'#!/bin/sh\ntest "$(cat {tools}/failing)" != pytest\n')
    suite.chmod(suite.stat().st_mode | stat.S_IEXEC)
    (tools / "failing").write_text(call)

    code, _said, refusal = make(*INSTALLED, "test", f"BIN={tools}")

    assert code == 2
    assert refusal.startswith("make")


def test_hooks_of_a_commit_are_parts_of_the_check():
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")

    parts = re.findall(r"entry: make --no-print-directory (\w+)$", hooks, re.MULTILINE)

    assert parts == [part for part in PARTS if part != "advisories"]
    assert hooks.count("entry:") == len(parts)


def test_advisories_that_cannot_be_reached_are_named_and_fail_nothing():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        service = f"http://127.0.0.1:{nobody.getsockname()[1]}/"

        code, said, told = make(*INSTALLED, "advisories", HERE, f"ADVISORIES={service}")

    assert (code, said) == (0, "")
    assert told.startswith("Not checked here: the advisories (")


@pytest.mark.parametrize(
    ("status", "answer", "reason"),
    [
        (404, "", "HTTP Error 404: Not Found"),
        (200, "<p>Sign in</p>", "Expecting value: line 1 column 1 (char 0)"),
        (
            200,
            "{}",
            "{service} knows no advisory on Django 1.11",
        ),
    ],
    ids=["a mirror", "a login page", "knows nothing"],
)
def test_who_has_no_advisory_on_an_old_django_clears_nothing(status, answer, reason):
    class Other(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(status)
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_message(self, *_said):
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        service = f"http://127.0.0.1:{server.server_port}/"

        code, said, told = make(*INSTALLED, "advisories", HERE, f"ADVISORIES={service}")
        server.shutdown()

    assert (code, said, told) == (
        0,
        "",
        f"Not checked here: the advisories ({reason.format(service=service)}).",
    )
