"""The cache that all workers of one machine share: Django's cache in files.

Django's own counts wrong where two workers count at once: `add` and `incr` read and
then write. Here one worker at a time does so. Whoever can write to the folder could
make the program run what they like, for what is cached is pickled: so the folder is
the service's own, and another's is refused.
"""

import contextlib
import os
import stat

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.filebased import FileBasedCache
from django.core.exceptions import ImproperlyConfigured
from django.core.files import locks


class SharedFileCache(FileBasedCache):
    """Files in a folder that belongs to the service, with counters that are right."""

    _dir: str

    def add(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        with self._turn():
            return super().add(key, value, timeout, version)

    def incr(self, key, delta=1, version=None):
        with self._turn():
            return super().incr(key, delta, version)

    @contextlib.contextmanager
    def _turn(self):
        """Wait until no other worker or thread reads and writes a counter."""
        with open(os.path.join(self._dir, "turn"), "ab") as file:
            locks.lock(file, locks.LOCK_EX)
            yield

    def _createdir(self):
        """Make the folder; raise ImproperlyConfigured if others can write to it."""
        super()._createdir()  # type: ignore[misc]  # Django's own, not in the stubs
        folder = os.lstat(self._dir)
        if (
            not stat.S_ISDIR(folder.st_mode)
            or folder.st_uid != os.geteuid()
            or folder.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        ):
            raise ImproperlyConfigured(
                f"The cache folder {self._dir} belongs to another account, or others"
                " can write to it. Remove it; the site makes its own."
            )
