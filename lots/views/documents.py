"""Download of an attached file, exactly as it came."""

import contextlib

from django.http import HttpResponse, HttpResponseServerError
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lots.accounts.roles import readable
from lots.evidence import verification
from lots.models import Document
from lots.results import raw_data_opening
from lots.rules.refusal import Refusal


@require_safe
@readable
def document(request, pk):
    """Answer with the bytes as an attachment: nothing of it runs on our pages.

    Only with those that the audit trail tells of, as for a certificate. The trail keeps
    which raw data a reviewer opened; who may not write it reads all the same, and the
    review then says that the file was not opened.
    """
    kept = get_object_or_404(Document, pk=pk)
    if not verification.vouched([kept]):
        return HttpResponseServerError(
            _(
                "The file %(name)s was not downloaded: the stored file is not the one"
                " that the audit trail tells of. Ask the administrator to restore it"
                " from a backup."
            )
            % {"name": kept.name},
            content_type="text/plain; charset=utf-8",
        )
    if request.method == "GET" and not request.headers.get("Sec-Purpose"):
        # Not what a browser loads ahead: nobody opened it.
        with contextlib.suppress(Refusal):
            raw_data_opening.opened(document=kept, by=request.user, at=timezone.now())
    return HttpResponse(
        bytes(kept.content),
        content_type=kept.content_type,
        headers={
            "Content-Disposition": content_disposition_header(True, kept.name),
            "X-Content-Type-Options": "nosniff",
        },
    )


urls = [path("documents/<int:pk>/", document, name="document")]
