"""Sessions in the database, each renewed once a minute and not with every page.

So that a page that is only read writes nothing, and waits for nobody who writes. A
session ends fourteen to fifteen minutes after the last page, never later.
"""

import datetime

from django.conf import settings
from django.contrib.sessions.backends import db
from django.utils import timezone

RENEWED_EVERY = datetime.timedelta(minutes=1)


class SessionStore(db.SessionStore):
    """A session that is stored again when a minute of its time has passed."""

    def _get_session_from_db(self):
        session = super()._get_session_from_db()  # type: ignore[misc]  # not in stubs
        if session is not None:
            whole = datetime.timedelta(seconds=settings.SESSION_COOKIE_AGE)
            if session.expire_date - timezone.now() <= whole - RENEWED_EVERY:
                self.modified = True
        return session
