"""Files that are kept: typed by their content, named safely, handed back inert."""

import io
import zipfile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lots.demo import bench
from lots.evidence import documents
from lots.evidence.documents import NotKept, Upload
from lots.models import Attachment, AuditEntry, Document
from lots.results import result_entry
from tests.lots.pages import signed_in, typed

pytestmark = pytest.mark.postgres

PDF = b"%PDF-1.7\n1 0 obj\n"
WRONG = (
    "The file {name} was not stored: its content is not PDF, PNG, JPEG, TIFF, XLSX"
    " without macros or plain text; export it as one of these."
)


def workbook(*names):
    """Return a workbook with further parts of these names."""
    written = io.BytesIO()
    openpyxl.Workbook().save(written)
    with zipfile.ZipFile(written, "a") as archive:
        for name in names:
            archive.writestr(name, b"\xd0\xcf")
    return written.getvalue()


def archive(**members):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name.replace("__", "/"), content)
    return written.getvalue()


@pytest.fixture
def lot(world, at):
    return bench.log(world.cast, world, at=at, number="BAC-26-001")


def attach(world, lot, at, name, content):
    return result_entry.attach(
        lot=lot,
        by=world.cast.lin,
        at=at,
        upload=Upload(name, content),
        title="Chromatogram",
    )


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "application/pdf"),
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"II*\x00....", "image/tiff"),
        (workbook(), documents._XLSX),
        (b"time,area\n1,<0.05\n", "text/plain"),
        ("\ufeffZeit;Fläche\n".encode(), "text/plain"),
        (b'<?xml version="1.0"?><mzML><run id="1"/></mzML>', "text/plain"),
        (b'{"area": [1, 2]}', "text/plain"),
    ],
    ids=["PDF", "PNG", "JPEG", "TIFF", "XLSX", "CSV", "BOM", "XML", "JSON"],
)
def test_a_type_is_told_by_the_content(content, kind):
    assert documents.content_type(Upload("any.exe", content)) == kind


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00\x03\x00\x00\x00",
        b"\x7fELF\x02\x01\x01\x00",
        b"PK\x03\x04 and the words xl/ in it",
        archive(evil="MZ", xl__notes="x"),
        archive(bomb=bytes(20_000_000)),
        workbook("xl/vbaProject.bin"),
        "Zeit,Fläche".encode("utf-16"),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"\x1f\x8b\x08\x00",
    ],
    ids=[
        "program",
        "ELF",
        "zip by its start alone",
        "zip with a folder xl",
        "zip bomb",
        "macros",
        "UTF-16",
        "old Office file",
        "gzip",
    ],
)
def test_another_type_is_refused_whatever_its_name(world, lot, at, content):
    before = Document.objects.count(), AuditEntry.objects.count()

    with pytest.raises(NotKept) as caught:
        attach(world, lot, at, "chromatogram.pdf", content)

    assert str(caught.value) == WRONG.format(name="chromatogram.pdf")
    assert (Document.objects.count(), AuditEntry.objects.count()) == before


@pytest.mark.parametrize(
    ("content", "line", "text"),
    [
        (b"<!DOCTYPE html><p>1</p>", 1, "<!DOCTYPE html"),
        (b"  \n<HTML><body>1</body></HTML>", 2, "<HTML"),
        (b'<?xml version="1.0"?><svg onload="alert(1)"></svg>', 1, "<svg"),
        (b"a,b\n1,2\n3,<script>alert(1)</script>\n", 3, "<script"),
    ],
    ids=["HTML", "HTML after spaces", "SVG", "script in a CSV"],
)
def test_text_that_a_browser_would_run_is_refused_with_its_line(
    world, lot, at, content, line, text
):
    with pytest.raises(NotKept) as caught:
        attach(world, lot, at, "run.csv", content)

    assert str(caught.value) == (
        f"The file run.csv was not stored: line {line} has “{text}”, which a browser"
        " would run; remove it, or export the file as PDF."
    )
    assert not Document.objects.filter(name="run.csv").exists()


def test_an_empty_file_is_refused(world, lot, at):
    with pytest.raises(NotKept) as caught:
        attach(world, lot, at, "run.csv", b"")

    assert (caught.value.code, str(caught.value)) == (
        "empty",
        "The file run.csv was not stored: it is empty; choose it again.",
    )


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", ".._.._etc_passwd"),
        ("C:\\data\\run 7.csv", "C__data_run 7.csv"),
        ("a\r\nSet-Cookie: x=1.csv", "a__Set-Cookie_ x=1.csv"),
        ('a"; filename="b.exe', "a_; filename=_b.exe"),
        ("fdp.\u202eexe.csv", "fdp._exe.csv"),
        ("a\u200bb\u200fc\ufeff.csv", "a_b_c_.csv"),
        ("a\udcffb.csv", "a_b.csv"),
        ("n" * 400, "n" * 200),
        ("  ", "document"),
        ("Žagar Größe 试样.csv", "Žagar Größe 试样.csv"),
    ],
    ids=[
        "path",
        "Windows path",
        "header",
        "quotes",
        "direction",
        "nobody sees",
        "no text",
        "long",
        "blank",
        "letters of all scripts",
    ],
)
def test_a_name_is_kept_without_what_could_do_harm(world, lot, at, name, kept):
    attached = attach(world, lot, at, name, b"area,1\n")

    assert attached.document.name == kept


def test_a_kept_file_is_handed_back_as_it_came_and_inert(world, lot, at):
    attached = attach(world, lot, at, 'Größe "1".csv', b"area,1\n")

    answer = signed_in(world.cast.ines).get(f"/documents/{attached.document.pk}/")

    assert (
        answer.status_code,
        answer.content,
        answer.headers["Content-Type"],
        answer.headers["Content-Disposition"],
        answer.headers["X-Content-Type-Options"],
    ) == (
        200,
        b"area,1\n",
        "text/plain",
        "attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe%20_1_.csv",
        "nosniff",
    )


def test_a_kept_file_is_for_people_who_are_signed_in(world, lot, at):
    attached = attach(world, lot, at, "a.csv", b"area,1\n")
    address = f"/documents/{attached.document.pk}/"

    answer = Client().get(address)

    assert (answer.status_code, answer.url) == (302, f"/sign-in/?next={address}")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The submitted file is empty."),
        (
            b"x" * (documents.LARGEST + 1),
            "The file run.csv was not stored: it has 10485761 bytes, and the limit is"
            " 10485760; attach an extract.",
        ),
        (b"MZ\x90\x00", WRONG.format(name="run.csv")),
    ],
    ids=["empty", "over 10 MB", "program"],
)
def test_the_page_refuses_such_a_file_and_keeps_the_title(
    world, lot, at, content, said
):
    answer = signed_in(world.cast.lin).post(
        f"/lots/{lot.pk}/attachments/new/",
        {
            "title": "Chromatogram",
            "upload": SimpleUploadedFile("run.csv", content, "text/csv"),
        },
    )

    assert (answer.status_code, errors(answer), typed(answer, "title")) == (
        422,
        {"upload": [said]},
        "Chromatogram",
    )
    assert Attachment.objects.count() == 0


def errors(answer):
    """Return what is said beside each field of the page's form."""
    return dict(answer.context["form"].errors)
