"""The product's settings under test: nothing from the environment but the database."""

import os

for name in (
    "ALLOWED_HOSTS",
    "CACHE_URL",
    "CHECK_URL_BASE",
    "COMPANY_TIME_ZONE",
    "DEBUG",
    "HSTS_SECONDS",
    "LOG_LEVEL",
    "PROXY_SETS_FORWARDED_PROTO",
    "PROXY_SETS_REAL_IP",
    "SITE_HTTPS",
):
    os.environ.pop(name, None)
os.environ["SECRET_KEY"] = "a key for tests, in which nothing is kept longer than a run"

from qatracker.settings import *  # noqa: E402, F403 - after the environment is cleared
from qatracker.settings import DATABASES, STORAGES  # noqa: E402

# The live server finds files by finders; hashed names would be 404.
STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
WHITENOISE_AUTOREFRESH = True
# Tests run side by side and are not to count each other's requests.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# Argon2 is slow on purpose; each test makes its people anew.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Tests kill processes, never the machine: no commit need reach the disk first.
database = DATABASES["default"]
if database["ENGINE"] == "django.db.backends.sqlite3":
    database["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"
else:
    database.setdefault("OPTIONS", {})["options"] = "-c synchronous_commit=off"
