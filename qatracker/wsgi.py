"""What a WSGI server serves: gunicorn qatracker.wsgi."""

import os
import sys

from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qatracker.settings")

_site = get_wsgi_application()

# Not before: a module of the apps can be read once they are ready.
from django.db import OperationalError, connection  # noqa: E402

from lots.evidence import append_only  # noqa: E402

# With this code gunicorn does not start a worker again: the application is at fault.
NOT_SERVED = 4


def serve_only_what_is_protected():
    """Exit where the database does not protect records; return whether it answered.

    One that does not answer yet is asked again by the first request: a site may start
    before its database (assurance.md T-07).
    """
    try:
        why = append_only.refused()
    except OperationalError:
        return False
    if why:
        sys.stderr.write(f"The site is not served. {why}\n")
        sys.stderr.flush()
        os._exit(NOT_SERVED)
    return True


_is_protected = serve_only_what_is_protected()
# Whoever forks from here on must not share it.
connection.close()


def application(environ, start_response):
    """Answer a request; a content type that cannot be read is taken for none.

    The framework reads it before any middleware, and fails where a part of it is in
    an encoding that nobody knows (RFC 2231).
    """
    global _is_protected
    _is_protected = _is_protected or serve_only_what_is_protected()
    try:
        parse_header_parameters(environ.get("CONTENT_TYPE", ""))
    except ValueError:
        environ["CONTENT_TYPE"] = ""
    return _site(environ, start_response)
