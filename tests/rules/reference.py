"""Published numbers that the rules are held against, as the project keeps them."""

import json
from pathlib import Path

# Beside the project, which keeps no copy of what it did not measure itself.
FOLDER = Path(__file__).resolve().parents[3] / "shared" / "reference"


def cases(name):
    """Return the cases of one reference file by their id."""
    found = json.loads((FOLDER / name).read_text(encoding="utf-8"))["cases"]
    return {case["id"]: case for case in found}
