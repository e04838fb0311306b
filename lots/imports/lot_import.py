"""Import of a file of lots with their results: a dry run, then all or nothing.

The file and its map are kept with their SHA-256, so that every imported value can be
traced to its cell (assurance.md P11-10h).
"""

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

from lots import calendar
from lots.accounts import permissions
from lots.evidence import audit, documents
from lots.evidence.documents import Upload
from lots.imports import column_map, map_approval, table_file
from lots.imports.column_map import ImportMap
from lots.imports.row_report import NEW, RowForm
from lots.imports.rows import Reader, sample_as_mapped
from lots.intake import admission, log, samples
from lots.models import Document, ImportedFile, Lot, Sample
from lots.results import result_entry, validation
from lots.rules import step_table
from lots.rules.refusal import Refusal, Refusals
from lots.rules.step_table import STEPS
from lots.rules.unknown import if_known, of_known
from lots.workflow import lot_status

# The trail is appended as the rows come, so that memory does not grow with the file;
# and what can be asked or stored for many lots at once is, for so many.
ROWS_AT_ONCE = 50
# More than this is a wrong map or a wrong file, not so many wrong rows.
MOST_WRONG = 100
# One import is one transaction, and on SQLite other writers wait for its end.
MOST_LOTS = 5_000


class NotImported(Refusal):
    """The file was not imported; nothing of it was stored."""


@dataclass(frozen=True)
class Checked:
    """What a dry run found: the file as it was kept, and the form of every row.

    `closed` says why nothing may be imported with the map; None where it may.
    """

    document: Document
    map_text: str
    map: ImportMap
    forms: tuple[RowForm, ...]
    closed: Refusal | None = None

    @property
    def is_well_formed(self):
        """Say whether every row could be stored as it is."""
        return all(form.state == NEW for form in self.forms)

    @property
    def ready(self):
        """Say whether the file can be imported now."""
        return self.is_well_formed and self.closed is None

    def count(self, state):
        """Return how many rows are new, stored already, or wrong."""
        return sum(form.state == state for form in self.forms)


def check_file(*, by, at, upload, map_text) -> Checked:
    """Report the form of every row, never a verdict; keep the file and note the run.

    No lot is stored. A map that translates waits for its approval from then on. Raises
    Refusal where the file or the map cannot be read at all, and NotImported for a file
    that was imported before.
    """
    upload = of_known(_safe, upload)
    reading = _Reading(by=by, at=at, upload=upload, map_text=map_text)
    forms = tuple(reading.admitted())
    with audit.act(by=by, at=at, action="check_import") as act:
        permissions.check(act, STEPS["log"], subject=upload.name)
        document = _kept(act, upload)
        if any(reading.map.translations()):
            map_approval.propose(act, map_text)
        closed = map_approval.against_import(map_text, reading.map, act.by)
        found = Checked(document, map_text, reading.map, forms, closed)
        act.note(
            file=document.name,
            sha256=document.sha256,
            map_sha256=hashlib.sha256(map_text.encode()).hexdigest(),
            rows=len(forms),
            new=found.count(NEW),
        )
    return found


def _safe(upload):
    return Upload(documents.safe_name(upload.name), upload.content)


def import_lots(*, by, at, upload, map_text) -> ImportedFile:
    """Log every lot of the file and store its results; return the kept file.

    All or nothing, in one transaction; who imports has entered every value. A value
    that fails opens its investigation as on the page. Raises Refusals with every
    wrong cell by row and column, NotImported for a file that was imported before, and
    NotApproved where the map translates and no second person approved it.
    """
    upload = _safe(upload)
    reading = _Reading(by=by, at=at, upload=upload, map_text=map_text)
    count = _well_formed_rows(reading)
    with audit.act(by=by, at=at, action="import") as act:
        # From here on nobody else imports it, withdraws the map, or logs a lot that
        # one of these could be taken for.
        act.take_turn()
        _check_new(upload)
        closed = map_approval.against_import(map_text, reading.map, act.by)
        if closed:
            raise closed
        document = _kept(act, upload)
        imported = act.create(
            ImportedFile(
                document=document,
                sha256=document.sha256,
                map=map_text,
                rows=count,
                by=act.by,
                at=at,
            )
        )
        wrong = []
        for forms in reading.some_at_once():
            wrong += _store(act, reading.reader, forms, imported)
            if len(wrong) >= MOST_WRONG:
                break
        _refuse(wrong[:MOST_WRONG])
        return imported


def import_kept(*, by, at, sha256, map_text) -> ImportedFile:
    """Import the file that a dry run kept, as import_lots does."""
    return import_lots(
        by=by, at=at, upload=kept_upload(sha256=sha256), map_text=map_text
    )


def kept_upload(*, sha256) -> Upload:
    """Return the file that a dry run kept; raise NotImported if there is none."""
    document = Document.objects.filter(sha256=sha256).order_by("pk").first()
    if document is None:
        raise NotImported(
            "not-kept", "The file that was checked is no longer here; choose it again."
        )
    return Upload(name=document.name, content=bytes(document.content))


class _Reading:
    """One file with its map, read row by row as often as asked."""

    def __init__(self, *, by, at, upload, map_text):
        step_table.check(
            STEPS["log"],
            subject=of_known(lambda file: file.name, upload),
            roles=frozenset(by.roles),
        )
        with if_known:
            _check_new(upload)
        self.at = at
        self.map = column_map.read(map_text)
        self.table = table_file.read(
            upload.content, delimiter=self.map.delimiter, sheet=self.map.sheet
        )
        self.map.fit(self.table)
        self.reader = Reader(import_map=self.map, table=self.table, name=upload.name)

    def forms(self) -> Iterator[RowForm]:
        """Yield the form of every row, as far as its cells tell it."""
        self.reader.start()
        count = 0
        for count, row in enumerate(self.table.rows(), start=1):
            if count > MOST_LOTS:
                raise NotImported(
                    "rows",
                    "The file has more than %(most)s lots; split it.",
                    most=MOST_LOTS,
                )
            yield self.reader.read(row)
        if not count:
            raise NotImported(
                "no-rows",
                (
                    "The file has no row below its header, so there is nothing to"
                    " import; add the lots and choose it again."
                ),
            )

    def some_at_once(self) -> Iterator[list[RowForm]]:
        """Yield the forms of some rows at a time, with their twins looked up."""
        forms = self.forms()
        while some := list(itertools.islice(forms, ROWS_AT_ONCE)):
            self.reader.look_up_twins(some)
            yield some

    def admitted(self) -> Iterator[RowForm]:
        """Yield the form of every row, the checks of logging and entering included."""
        for form in itertools.chain.from_iterable(self.some_at_once()):
            if form.facts:
                try:
                    admission.admit(form.facts, at=self.at, grounds=self.reader.grounds)
                    lot = Lot(
                        number=form.number,
                        use=form.facts.use,
                        material=form.facts.material,
                        site=form.facts.site,
                        issuer_role=form.facts.issuer_role,
                        manufactured_on=form.facts.manufactured_on,
                    )
                    with sample_as_mapped():
                        samples.check_sample(lot, form.sample, at=self.at)
                    sample = Sample(**vars(form.sample))
                    for entry in form.entries:
                        validation.check_entry(
                            lot, replace(entry, sample=sample), at=self.at
                        )
                except Refusal as refusal:
                    form = self.reader.refused(form, refusal)
            yield form


def _well_formed_rows(reading):
    """Return how many rows there are; raise Refusals with what is wrong in them."""
    count, wrong = 0, []
    for form in reading.forms():
        count += 1
        wrong += form.wrong
        if len(wrong) >= MOST_WRONG:
            break
    _refuse(wrong)
    return count


def _refuse(wrong):
    if wrong:
        raise wrong[0] if len(wrong) == 1 else Refusals(wrong)


def _store(act, reader, forms, imported):
    """Store the lots of some rows with their results; return what is wrong."""
    wrong, statuses = [], []
    for form in forms:
        try:
            rows = log.logged(
                act,
                form.facts,
                grounds=reader.grounds,
                imported=imported,
                left_out=[asdict(one) for one in form.left_out],
            )
            with sample_as_mapped():
                sample = samples.recorded(act, rows.lot, form.sample)
            rows.samples.append(sample)
            _, evaluation = result_entry.store(
                act,
                rows,
                test_order_id=rows.test_orders[0].pk,
                entries=[replace(entry, sample=sample) for entry in form.entries],
            )
        except Refusal as refusal:
            wrong += reader.refused(form, refusal).wrong
        else:
            statuses.append(lot_status.settle_new(act, rows, evaluation))
    lot_status.keep_new(statuses)
    act.append()
    return wrong


def _check_new(upload):
    before = (
        ImportedFile.objects.filter(sha256=_sha256(upload))
        .select_related("document", "by")
        .first()
    )
    if before is not None:
        raise NotImported(
            "imported",
            "%(file)s was imported before, as %(before)s by %(who)s on %(when)s. A"
            " file is imported only once; choose another one.",
            file=upload.name,
            before=before.document.name,
            who=before.by.printed_name,
            when=calendar.stamp(before.at),
        )


def _kept(act, upload):
    """Return the document of these bytes and this name, kept now if it is not."""
    kept = Document.objects.filter(sha256=_sha256(upload), name=upload.name).first()
    return kept or documents.keep(act, upload, field="upload")


def _sha256(upload):
    return hashlib.sha256(upload.content).hexdigest()
