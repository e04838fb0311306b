"""Download of an attached file, exactly as it came."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from lots.accounts.roles import readable
from lots.models import Document


@require_safe
@readable
def document(request, pk):
    """Answer with the bytes as an attachment: nothing of it runs on our pages."""
    kept = get_object_or_404(Document, pk=pk)
    return HttpResponse(
        bytes(kept.content),
        content_type=kept.content_type,
        headers={
            "Content-Disposition": content_disposition_header(True, kept.name),
            "X-Content-Type-Options": "nosniff",
        },
    )


urls = [path("documents/<int:pk>/", document, name="document")]
