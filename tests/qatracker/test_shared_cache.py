"""The cache that workers share: it counts right, and takes nobody else's folder."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from qatracker.settings import ROOT, cache_folder, site_digest
from qatracker.shared_cache import SharedFileCache

ASKED = 150
WORKER = """
import sys
from qatracker.shared_cache import SharedFileCache
cache = SharedFileCache(sys.argv[1], {})
for _n in range(int(sys.argv[2])):
    cache.add("check", 0, timeout=120)
    print(cache.incr("check"))
"""


def test_workers_that_count_at_once_lose_no_request(tmp_path):
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, tmp_path / "cache", str(ASKED)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _worker in range(3)
    ]
    said = [int(line) for one in workers for line in one.communicate()[0].split()]

    assert sorted(said) == list(range(1, 3 * ASKED + 1))
    assert SharedFileCache(tmp_path / "cache", {}).get("check") == 3 * ASKED


def test_two_handles_share_one_count(tmp_path):
    one, other = (SharedFileCache(tmp_path, {}) for _handle in range(2))

    assert one.add("check", 0) is True
    assert one.incr("check") == 1
    assert other.add("check", 0) is False
    assert other.incr("check") == 2
    with pytest.raises(ValueError, match="not found"):
        other.incr("nothing")


def test_folder_is_the_services_own(tmp_path):
    SharedFileCache(tmp_path / "made", {})

    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("kind", ["writable", "link", "another-account"])
def test_folder_that_others_can_write_to_is_refused(tmp_path, kind, monkeypatch):
    folder = tmp_path / "cache"
    folder.mkdir()
    if kind == "writable":
        folder.chmod(0o777)
    elif kind == "link":
        (tmp_path / "link").symlink_to(folder)
        folder = tmp_path / "link"
    else:
        own = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: own + 1)

    with pytest.raises(ImproperlyConfigured, match="Remove it; the site makes its own"):
        SharedFileCache(folder, {})


def test_sites_have_folders_of_their_own(tmp_path):
    sqlite = "django.db.backends.sqlite3"
    one, other = (
        {"ENGINE": "django.db.backends.postgresql", "HOST": "db", "NAME": name}
        for name in ("one", "other")
    )

    assert (
        cache_folder({"ENGINE": sqlite, "NAME": tmp_path / "db.sqlite3"})
        == tmp_path.resolve() / "cache"
    )
    assert cache_folder(one) != cache_folder(other)
    assert site_digest(one) == site_digest(dict(one))
