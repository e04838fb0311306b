"""Settings: one file, every choice of an installation an environment variable.

`docs/install.md` lists the variables. A site that answers to this machine's own names
alone runs without any; one that answers to others must bring its secret key and its
public address.
"""

import contextlib
import hashlib
import os
import re
import tempfile
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import to_language

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]
SAMPLE_SECRET_KEY = "replace-this-with-fifty-or-more-random-characters"

env = environ.Env()


def secret_key(*, given, is_local, folder):
    """Return the key that was given, or the one that a local site made for itself.

    A key that others know lets them forge sessions, so the sample and short keys are
    refused.
    """
    if given == SAMPLE_SECRET_KEY or 0 < len(given) < 50:
        raise ImproperlyConfigured(
            "SECRET_KEY is the sample of the documentation or shorter than 50"
            " characters; set one of your own."
        )
    if given:
        return given
    if not is_local:
        raise ImproperlyConfigured(
            "ALLOWED_HOSTS names more than this machine; set SECRET_KEY."
        )
    kept = folder / "local-secret-key"
    if not kept.exists():
        # Two processes may start at once: a link appears whole or not at all.
        with tempfile.NamedTemporaryFile("w", dir=folder) as made:
            made.write(os.urandom(48).hex())
            made.flush()
            with contextlib.suppress(FileExistsError):
                os.link(made.name, kept)
    return kept.read_text()


def languages(folder):
    """Return English, and each language that has a compiled catalogue in the folder.

    A language is there with its catalogue or not at all, so that no page mixes two;
    the reader's browser chooses.
    """
    catalogues = sorted(folder.glob("*/LC_MESSAGES/django.mo"))
    codes = [to_language(one.parent.parent.name) for one in catalogues]
    return [(code, LANG_INFO[code]["name_local"]) for code in ["en", *codes]]


def site_digest(database):
    """Return a short name of the site: where its database is, digested."""
    place = [str(database.get(part, "")) for part in ("HOST", "PORT", "NAME")]
    return hashlib.sha256("\n".join(place).encode()).hexdigest()[:16]


def cache_folder(database):
    """Return the folder that all workers of this machine share as a cache.

    Beside an SQLite database, where the service can write anyway; else a folder of the
    service's own among the temporary files.
    """
    if database["ENGINE"] == "django.db.backends.sqlite3":
        return Path(database["NAME"]).resolve().parent / "cache"
    return Path(tempfile.gettempdir()) / f"qatracker-{site_digest(database)}"


def version(changelog):
    """Return the version of the program: the first heading with a date.

    Takes the text of CHANGELOG.md. Raises ImproperlyConfigured where there is no such
    heading, as where only a part of the program was copied.
    """
    heading = re.search(
        r"^## (\d+\.\d+\.\d+) – \d{4}-\d\d-\d\d$", changelog, re.MULTILINE
    )
    if heading is None:
        raise ImproperlyConfigured(
            "CHANGELOG.md has no heading such as “## 1.2.3 – 2026-11-30”; put the"
            " whole program in place again."
        )
    return heading[1]


# The installation ---------------------------------------------------------------

VERSION = version((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=LOOPBACK)
IS_LOCAL = set(ALLOWED_HOSTS) <= set(LOOPBACK)
# Whether people reach the site by HTTPS; `make run` serves plain HTTP to this machine.
SITE_HTTPS = env.bool("SITE_HTTPS", default=not IS_LOCAL)
# The public address that certificates print and their QR codes hold.
CHECK_URL_BASE = env.str("CHECK_URL_BASE", default="http://127.0.0.1:8000").rstrip("/")
if not IS_LOCAL and "CHECK_URL_BASE" not in os.environ:
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS names more than this machine; set CHECK_URL_BASE, the address"
        " that certificates print."
    )

# The database -------------------------------------------------------------------

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{ROOT}/db.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
database = DATABASES["default"]
if database["ENGINE"] == "django.db.backends.sqlite3":
    database["OPTIONS"] = {
        # With the default mode most concurrent writers fail (docs/decisions/0018).
        "transaction_mode": "IMMEDIATE",
        # Who asks meanwhile waits for the longest import, a page that only reads too:
        # it renews its session (a second of CPU for 100 lots).
        "timeout": 120,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            " PRAGMA foreign_keys=ON;"
            # Without it INSERT OR REPLACE passes the triggers of append-only tables.
            " PRAGMA recursive_triggers=ON;"
        ),
    }
else:
    database["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=60)
    database["CONN_HEALTH_CHECKS"] = True

SECRET_KEY = secret_key(
    given=env.str("SECRET_KEY", default=""),
    is_local=IS_LOCAL,
    folder=(
        Path(database["NAME"]).resolve().parent
        if database["ENGINE"] == "django.db.backends.sqlite3"
        else ROOT
    ),
)

# The cache ----------------------------------------------------------------------

# Counts the checks of each address over all workers (docs/decisions/0021), and keeps
# what the dashboard counted. Several machines share one by CACHE_URL.
CACHES = {
    "default": (
        env.cache_url("CACHE_URL")
        if "CACHE_URL" in os.environ
        else {
            "BACKEND": "qatracker.shared_cache.SharedFileCache",
            "LOCATION": cache_folder(database),
            # Each write lists the folder.
            "OPTIONS": {"MAX_ENTRIES": 1000},
        }
    )
}
# Two sites with one cache do not meet.
CACHES["default"]["KEY_PREFIX"] = site_digest(database)

# Which characters the fonts of certificates have; asked where a text is typed.
CERTIFICATES_CAN_PRINT = "reports.pdf.fonts.can_print"
# What the certificates say of lots; asked where a lot's status is worked out anew.
CERTIFICATES_OF_LOTS = "reports.issuing.certificates.of_lots"
# The releases of which no certificate is issued; lists ask which can have one.
RELEASES_TO_CERTIFY = "reports.issuing.certificates.releases_to_certify"
# What gives numbers in series: each returns the highest of every series. A restore
# lets none be given again.
NUMBER_SERIES = [
    "lots.investigations.opening.last_numbers",
    "reports.issuing.certificates.last_numbers",
]

# The application ----------------------------------------------------------------

INSTALLED_APPS = [
    "lots",
    "reports",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_tables2",
    "django_filters",
    "django_htmx",
    "csp",
    "axes",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lots.middleware.kept_nowhere",
    "lots.middleware.with_plain_cookies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "lots.middleware.with_a_page_for_buttons",
    # Last: it answers in place of a view that met a locked account.
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "qatracker.urls"
WSGI_APPLICATION = "qatracker.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lots.context_processors.site",
                "reports.context_processors.waiting",
            ],
        },
    },
]
# Forms look in `templates/` first: a field group is templates/django/forms/field.html.
FORM_RENDERER = "qatracker.form_renderer.FormRenderer"
DJANGO_TABLES2_TEMPLATE = "django_tables2/qatracker.html"

# Language and time --------------------------------------------------------------

LANGUAGE_CODE = "en"
LOCALE_PATHS = [ROOT / "qatracker" / "locale"]
LANGUAGES = languages(LOCALE_PATHS[0])
FORMAT_MODULE_PATH = ["qatracker.formats"]
USE_I18N = True
USE_TZ = True
# The company's zone rules "today" and every printed offset.
TIME_ZONE = env.str("COMPANY_TIME_ZONE", default="Asia/Shanghai")

# Files --------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = ROOT / "staticfiles"
STATICFILES_DIRS = [ROOT / "qatracker" / "static"]
STORAGES = {
    # Nothing is kept in files: documents are in the database.
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# A file may have 10 MB; the rest is for the form around it.
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
# A specification's grid of criteria has more fields than Django's 1,000.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# Signing in ---------------------------------------------------------------------

AUTH_USER_MODEL = "lots.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {
        "NAME": "lots.accounts.password_strength.PasswordStrengthValidator",
        "OPTIONS": {"min_length": 12},
    },
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"

# One counter for sign-in and signature: five tries, then fifteen minutes.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "lots.middleware.address"
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False


def AXES_USERNAME_CALLABLE(request, credentials):
    """Count anna, Anna and ANNA as the one account that they sign in to.

    No account has a name as long as the column that tries are counted in.
    """
    given = credentials or request.POST
    return str(given.get("username") or "").casefold()[:255]


SESSION_COOKIE_AGE = 15 * 60
SESSION_ENGINE = "lots.accounts.sessions"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_HTTPS
# A browser accepts the prefix only over HTTPS and for exactly this host.
COOKIE_PREFIX = "__Host-" if SITE_HTTPS else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}qatracker-session"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}qatracker-csrf"
LANGUAGE_COOKIE_NAME = "qatracker-language"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# What the browser is told -------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = SITE_HTTPS
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000 if SITE_HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_HSTS_SECONDS > 0
# Only behind a proxy that sets this header itself: otherwise anybody could.
if env.bool("PROXY_SETS_FORWARDED_PROTO", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# The same, for X-Real-IP: whose wrong passwords and whose checks are counted, where all
# come through one proxy.
PROXY_SETS_REAL_IP = env.bool("PROXY_SETS_REAL_IP", default=False)

# Logs ---------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "plain"},
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        # Django's own handlers would say everything twice.
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "fontTools": {"level": "WARNING"},
    },
}
