"""Issue the certificate of one released assessment from the command line."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from lots.evidence import audit
from lots.management import sign_in
from lots.models import Assessment, AssessmentState, Organisation
from lots.rules.refusal import Refusal
from lots.rules.statements import NotStated, Statement
from reports.issuing import certificates
from reports.models import Identity


class Command(BaseCommand):
    help = "Issue the certificate of a lot released against a specification."

    def add_arguments(self, parser):
        parser.add_argument("lot", metavar="LOT", help="our lot number")
        parser.add_argument(
            "--specification",
            required=True,
            metavar="CODE",
            help="code of the specification without its version, such as BAC-ORAL",
        )
        parser.add_argument(
            "--customer",
            default="",
            metavar="NAME",
            help="name of the customer as its page shows it",
        )
        parser.add_argument("--order", default="", help="the customer's order number")
        parser.add_argument(
            "--shipped",
            default="",
            metavar="QUANTITY",
            help='quantity shipped with its unit, such as "25.0 kg"',
        )
        parser.add_argument(
            "--identity",
            default="",
            choices=Identity.values,
            help="where what certificates print was approved anew since the release:"
            " print it as signed at the release, or as approved today",
        )
        parser.add_argument(
            "--label-agrees",
            action="store_true",
            help="you state that label and certificate agree and that you compared"
            " them; the page of the issue shows the certificate before it is issued",
        )
        parser.add_argument(
            "--out", type=Path, metavar="FILE", help="write the PDF to this new file"
        )
        sign_in.add_arguments(parser)

    def handle(
        self,
        *,
        lot,
        specification,
        customer,
        order,
        shipped,
        identity,
        label_agrees,
        out,
        **options,
    ):
        person = sign_in.person(
            username=options["by"], password_fd=options["password_fd"]
        )
        assessment = self._assessment(lot, specification)
        if out and out.exists():
            raise CommandError(f"{out} exists already; name a new file.")
        if out and not out.parent.is_dir():
            raise CommandError(f"{out.parent} is not a folder; create it first.")
        with audit.as_account(sign_in.operating_account()):
            try:
                made = certificates.issue(
                    assessment=assessment,
                    by=person,
                    at=timezone.now(),
                    customer=self._customer(customer),
                    order=order,
                    shipped=shipped,
                    identity=identity,
                    stated=(Statement.LABEL,) if label_agrees else (),
                )
            except NotStated as refusal:
                raise CommandError(
                    "Not issued: nobody stated that label and certificate agree."
                    " Compare them, then give --label-agrees."
                ) from refusal
            except certificates.NotIssuable as refusal:
                reasons = "\n".join(f"- {each.sentence}" for each in refusal.blockers)
                raise CommandError(f"Not issued:\n{reasons}") from refusal
            except Refusal as refusal:
                raise CommandError(str(refusal)) from refusal
        if out:
            try:
                out.write_bytes(made.pdf)
            except OSError as error:
                raise CommandError(
                    f"{made.number} was issued, but {out} could not be written:"
                    f" {error.strerror}. Download the PDF from the page of the"
                    " certificate."
                ) from error
        self.stdout.write(made.number)

    @staticmethod
    def _assessment(lot, code):
        """Return the released assessment, or the latest so that its refusal is told."""
        found = list(
            Assessment.objects.filter(lot__number=lot, specification__code=code)
            .select_related("lot")
            .order_by("-pk")
        )
        if not found:
            raise CommandError(
                f"Lot {lot} has no assessment against {code}. Check the lot number,"
                " give the code without its version, such as BAC-ORAL, or add the"
                " assessment first."
            )
        released = [each for each in found if each.state == AssessmentState.RELEASED]
        return (released or found)[0]

    @staticmethod
    def _customer(name):
        if not name:
            return None
        customer = Organisation.objects.filter(name=name).first()
        if customer is None:
            raise CommandError(
                f"{name} is not an organisation that is set up here; give its name"
                " exactly as its page shows it."
            )
        return customer
