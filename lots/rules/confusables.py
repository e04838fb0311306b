"""Look-alike letters: which letters of other scripts a reader takes for Latin ones.

`READ_AS` has each such character with the letter or digit that it is read as. It is
kept in confusables.json, made once from the data of Unicode Technical Standard 39,
"Unicode Security Mechanisms" (confusables.txt; version and licence are in the file):

    python -m lots.rules.confusables confusables.txt > lots/rules/confusables.json

A character is in the table if the standard takes it for one ASCII letter or digit and
Unicode's compatibility form (NFKC) does not say so already. In four points the table
serves our comparisons better than the standard's own, and says more:

- The standard takes I, l and 1 for one, and 0 and O. Capitals that stand for I are
  read as I, for words such as "intrathecal" are looked for in the text that is read.
- A small Cyrillic letter that has no row of its own is drawn as its capital is.
- `KEPT` are letters that were read so before this table was there.
- Pairs of letters, as rn for m, are left out: too many words are told apart by them.
"""

import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

STORED = Path(__file__).with_name("confusables.json")
KEPT = {"ӏ": "l", "Ӏ": "l", "Һ": "H", "ε": "e", "τ": "t"}


def derived(lines: Iterable[str]) -> dict[str, str]:
    """Return the table from the lines of the standard's confusables.txt."""
    rows = dict(_rows(lines))
    table = {one: _capital(one, seen, rows) for one, seen in rows.items()}
    for capital, seen in rows.items():
        small = capital.lower()
        if small not in table and "CYRILLIC SMALL" in unicodedata.name(small[0], ""):
            table[small] = seen.lower()
    return table | KEPT


def _rows(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Yield each character that is taken for one ASCII letter or digit, with it."""
    for line in lines:
        columns = line.partition("#")[0].split(";")
        if len(columns) != 3:
            continue
        one, seen = (
            "".join(chr(int(code, 16)) for code in column.split())
            for column in columns[:2]
        )
        if len(one) == len(seen) == 1 and not one.isascii():
            plain = unicodedata.normalize("NFKC", one).isascii()
            if seen.isascii() and seen.isalnum() and not plain:
                yield one, seen


def _capital(one: str, seen: str, rows: Mapping[str, str]) -> str:
    """Return what the character is read as: I for a capital whose small letter is i."""
    is_i = seen == "l" and one.isupper() and rows.get(one.lower()) == "i"
    return "I" if is_i else seen


def written(lines: Iterable[str]) -> str:
    """Return the text of confusables.json for the lines of confusables.txt."""
    lines = list(lines)
    said = [line.strip("# \n") for line in lines[:12]]
    by_letter: dict[str, list[str]] = {}
    for one, seen in sorted(derived(lines).items()):
        by_letter.setdefault(seen, []).append(one)
    return json.dumps(
        {
            "source": "Unicode Technical Standard 39, confusables.txt",
            "version": next(s[9:] for s in said if s.startswith("Version: ")),
            "date": next(s[6:] for s in said if s.startswith("Date: ")),
            "licence": "Unicode License, https://www.unicode.org/license.txt. "
            + next(s for s in said if s.startswith("©")),
            "read_as": {seen: "".join(by_letter[seen]) for seen in sorted(by_letter)},
        },
        indent=1,
    )


def _stored() -> dict[str, str]:
    by_letter = json.loads(STORED.read_text(encoding="utf-8"))["read_as"]
    return {one: seen for seen, letters in by_letter.items() for one in letters}


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8-sig") as file:
        print(written(file))
else:
    READ_AS = _stored()
