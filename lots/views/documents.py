"""Download of an attached file, exactly as it came."""

from django.http import HttpResponse, HttpResponseServerError
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lots.accounts.roles import readable
from lots.evidence import verification
from lots.models import Document


@require_safe
@readable
def document(request, pk):
    """Answer with the bytes as an attachment: nothing of it runs on our pages.

    Only with those that the audit trail tells of, as for a certificate.
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
    return HttpResponse(
        bytes(kept.content),
        content_type=kept.content_type,
        headers={
            "Content-Disposition": content_disposition_header(True, kept.name),
            "X-Content-Type-Options": "nosniff",
        },
    )


urls = [path("documents/<int:pk>/", document, name="document")]
