"""Public check page: the status of a certificate, and whether a file is authentic.

Open to anybody, limited by address. A number alone shows a status; details need the
token of the QR code or the file (experience.md 1.11). Files are digested as they arrive
and neither kept nor read.
"""

import functools
import hashlib

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from lots.middleware import address
from lots.wording import sentence
from reports.content import certificate as content_of
from reports.forms import CheckFileForm, CheckNumberForm, folded_lot
from reports.models import Certificate
from reports.status import verification
from reports.status.certificate_status import asked, status

# A person checks a few certificates a minute; a guesser wants millions. Counted in
# the cache, which all workers share.
REQUESTS_A_MINUTE = 30
# So many files are read at once, over all workers; the others are for people who work.
FILES_AT_ONCE = 2
# After so many seconds the place of a reader that never came to its end is free.
_LONGEST_READING = 60
# What a form has beside the file: names, boundaries, the token against forgery.
_AROUND_A_FILE = 64 * 1024
_SHELVES = {
    "retest": gettext_lazy("Retest date"),
    "expiry": gettext_lazy("Expiry date"),
}


class Digested(UploadedFile):
    """A file of which only name, size and SHA-256 were kept."""

    def __init__(self, name, size, sha256):
        super().__init__(file=None, name=name, size=size)
        self.sha256 = sha256

    def close(self):
        """Close nothing: the parser closes the files of a form that it gives up."""


class DigestingHandler(FileUploadHandler):
    """Digests one file as it arrives, up to the largest that is ever issued."""

    def __init__(self, request=None):
        super().__init__(request)
        self.too_large = False

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self._digest, self._size = hashlib.sha256(), 0

    def receive_data_chunk(self, raw_data, start):
        self._size += len(raw_data)
        if self._size > verification.LARGEST:
            self.too_large = True
            raise StopUpload(connection_reset=False)
        self._digest.update(raw_data)

    def file_complete(self, file_size):
        return Digested(self.file_name, file_size, self._digest.hexdigest())


def limited(view):
    """Answer an address that asks too often with 429 and a sentence."""

    @functools.wraps(view)
    def answer(request, *args, **kwargs):
        minute = int(timezone.now().timestamp()) // 60
        key = f"check:{address(request)}:{minute}"
        cache.add(key, 0, timeout=120)
        try:
            asked = cache.incr(key)
        except ValueError:  # made room for others between the two lines
            asked = 1
        if asked > REQUESTS_A_MINUTE:
            return _page(
                request,
                code=429,
                trouble=_("Too many checks from your address. Try again in a minute."),
            )
        return view(request, *args, **kwargs)

    return answer


def bounded(view):
    """Refuse by its length what is too large, and a further file beside some others.

    Before anything of it is read: reading is what keeps a worker from people.
    """

    @functools.wraps(view)
    def answer(request, *args, **kwargs):
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        if length <= _AROUND_A_FILE:
            return view(request, *args, **kwargs)
        if length > verification.LARGEST + _AROUND_A_FILE:
            return _page(request, code=413, trouble=_too_large())
        places = (f"check-file:{place}" for place in range(FILES_AT_ONCE))
        taken = next(
            (one for one in places if cache.add(one, 1, timeout=_LONGEST_READING)), None
        )
        if taken is None:
            return _page(
                request,
                code=503,
                trouble=_(
                    "Others are checking certificates just now. Try again in a minute."
                ),
            )
        try:
            return view(request, *args, **kwargs)
        finally:
            cache.delete(taken)

    return answer


def public(view):
    """Open a view to anybody: limited, its files digested, its forms protected."""
    protected = csrf_protect(view)

    @login_not_required
    # The handler must be there before the protection reads the form; that is why the
    # protection stands inside (Django, "Modifying upload handlers on the fly").
    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @limited
    @bounded
    @functools.wraps(view)
    def answer(request, *args, **kwargs):
        request.upload_handlers = [DigestingHandler(request)]
        return protected(request, *args, **kwargs)

    return answer


@public
def check(request):
    """Check by number, revision and lot, or by file."""
    if request.method != "POST":
        return _page(request)
    if "number" in request.POST:
        return _by_number(request)
    return _by_file(request)


@public
def check_certificate(request, token):
    """What the QR code leads to: the status of the day, and what to compare."""
    # U+0000 can be in an address, and PostgreSQL cannot be asked for it.
    certificate = token.isprintable() and (
        asked(Certificate.objects.printed().defer("pdf")).filter(token=token).first()
    )
    if not certificate:
        return _page(
            request,
            code=404,
            trouble=_(
                "No certificate has this address. Check the address for a typing"
                " mistake."
            ),
        )
    if request.method == "POST":
        return _by_file(request, certificate)
    return _page(request, certificate=certificate)


def _by_number(request):
    form = CheckNumberForm(request.POST)
    if not form.is_valid():
        return _page(request, number_form=form, code=422)
    typed = form.cleaned_data
    certificate = (
        asked(Certificate.objects.printed().defer("pdf"))
        .filter(number=typed["number"], revision=typed["revision"])
        .first()
    )
    if certificate is None or typed["lot"] not in (
        folded_lot(certificate.lot.original_number),
        folded_lot(certificate.lot.number),
    ):
        return _page(
            request,
            number_form=form,
            trouble=_(
                "No certificate with this number, revision and lot was issued here."
                " Check what you typed, or ask the issuer."
            ),
        )
    if not verification.to_be_trusted(certificate):
        return _page(request, number_form=form, trouble=_harmed())
    # Number and lot can be guessed, so they earn the status word and nothing else.
    return _page(
        request,
        number_form=form,
        named=certificate,
        word=_(status(certificate).word),
    )


def _by_file(request, certificate=None):
    form = CheckFileForm(request.POST, request.FILES)
    [handler] = request.upload_handlers
    if handler.too_large:
        return _page(
            request,
            certificate=certificate,
            code=413,
            trouble=_too_large(),
        )
    if not form.is_valid():
        return _page(request, certificate=certificate, file_form=form, code=422)
    found = verification.of_digest(form.cleaned_data["file"].sha256)
    return _page(request, certificate=certificate, file=found)


def _too_large():
    return _(
        "The file is larger than 10 MB. No certificate is that large: choose the file"
        " as it was issued."
    )


def _harmed():
    return _(
        "The issuer's record of this certificate is not what was issued, so its status"
        " is undecided. Ask the issuer."
    )


def _page(
    request,
    *,
    certificate=None,
    number_form=None,
    file_form=None,
    file=None,
    named=None,
    word="",
    trouble="",
    code=200,
):
    """Render the page; everything about a certificate comes from its frozen content."""
    shown = certificate
    if file is not None and file.authentic:
        shown = file.certificate
    elif shown is not None and not verification.to_be_trusted(shown):
        shown, trouble = None, trouble or _harmed()
    facts = content_of.from_json(shown.content) if shown else None
    today = status(shown) if shown else None
    return render(
        request,
        "reports/check/check.html",
        {
            "certificate": shown,
            "facts": facts,
            "shelf_label": _SHELVES[facts.shelf.kind] if facts else "",
            "status": today,
            "status_sentence": sentence(today) if today else "",
            "number_form": number_form or CheckNumberForm(),
            "file_form": file_form or CheckFileForm(),
            "by_token": certificate is not None,
            "file": file,
            "is_another": certificate is not None
            and file is not None
            and file.authentic
            and file.certificate.pk != certificate.pk,
            # What the code belongs to must not vouch for a file that is not it.
            "not_it": file is not None and not file.authentic,
            "named": named,
            "word": word,
            "trouble": trouble,
            "checked_at": timezone.now(),
        },
        status=code,
    )


urls = [
    path("check/", check, name="check"),
    path("check/<str:token>/", check_certificate, name="check_certificate"),
]
