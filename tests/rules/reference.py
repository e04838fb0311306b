"""Published numbers that the rules are held against, as the project keeps them."""

import json
from pathlib import Path

_FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "reference"


def cases(name):
    """Return the cases of one reference file by their id."""
    path = _FOLDER / name
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is missing: these tests need the project's reference data beside"
            " the repository, in ../shared/reference."
        )
    found = json.loads(path.read_text(encoding="utf-8"))["cases"]
    return {case["id"]: case for case in found}
