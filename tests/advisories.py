"""Look up advisories on what a site installs: `python tests/advisories.py [service]`.

Asks OSV about each pin of requirements.txt; a known vulnerability is a failure. A
service that does not answer is no failure: one line on stderr says so.
"""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

SERVICE = "https://api.osv.dev/v1/query"
REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements.txt"
# Vulnerable for years. A mirror or a login page that knows nothing of it cannot clear
# the pins either.
KNOWN = {"package": {"name": "django", "ecosystem": "PyPI"}, "version": "1.11"}
# Seconds: for one answer, and for the answers on all pins.
PATIENCE, LONGEST = 3, 12


def why_not(service):
    """Return why the service cannot be asked, or nothing if it can."""
    question = urllib.request.Request(
        service,
        data=json.dumps(KNOWN).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(question, timeout=PATIENCE) as answer:
            told = json.load(answer)
    except (OSError, ValueError) as error:
        return str(error)
    if not isinstance(told, dict) or not told.get("vulns"):
        return f"{service} knows no advisory on Django 1.11"
    return ""


def not_asked(reason):
    print(f"Not checked here: the advisories ({reason}).", file=sys.stderr)


def main(service=SERVICE):
    reason = why_not(service)
    if reason:
        not_asked(reason)
        return 0
    audit = [
        *(sys.executable, "-m", "pip_audit", "--disable-pip", "--strict"),
        *("--requirement", str(REQUIREMENTS), "--progress-spinner", "off"),
        *("--vulnerability-service", "osv", "--osv-url", service),
        *("--timeout", str(PATIENCE)),
    ]
    try:
        return subprocess.run(audit, check=False, timeout=LONGEST).returncode
    except subprocess.TimeoutExpired:
        not_asked(f"{service} took more than {LONGEST} seconds")
        return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
