"""Issue every certificate that waits: one lot at a time, one line each."""

from itertools import islice

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from lots.evidence import audit
from lots.management import sign_in
from lots.rules.refusal import Refusal
from lots.rules.statements import NotStated, Statement
from reports.issuing import certificates


class Command(BaseCommand):
    help = (
        "Issue a certificate for every released assessment that has no current one."
        " Exit 1 if any was refused."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--lots",
            nargs="+",
            metavar="LOT",
            help="issue for these lots only (our lot numbers)",
        )
        parser.add_argument(
            "--limit", type=int, metavar="N", help="issue at most this many"
        )
        parser.add_argument(
            "--label-agrees",
            nargs="+",
            default=[],
            metavar="LOT",
            help="you state of these lots that label and certificate agree and that"
            " you compared them; nothing is issued of other lots",
        )
        sign_in.add_arguments(parser)

    def handle(self, *, lots, limit, label_agrees, **options):
        person = sign_in.person(
            username=options["by"], password_fd=options["password_fd"]
        )
        waiting = certificates.awaiting()
        if lots:
            waiting = waiting.filter(lot__number__in=lots)
        # Keys only, for the rows change while they are worked through.
        keys = list(islice(waiting.values_list("pk", flat=True), limit))
        refused = 0
        with audit.as_account(sign_in.operating_account()):
            for key in keys:
                assessment = certificates.awaiting().filter(pk=key).first()
                if assessment is None:
                    continue
                subject = f"{assessment.lot.number} {assessment.specification.code}"
                try:
                    made = certificates.issue(
                        assessment=assessment,
                        by=person,
                        at=timezone.now(),
                        stated=(Statement.LABEL,)
                        if assessment.lot.number in label_agrees
                        else (),
                    )
                except NotStated:
                    refused += 1
                    self.stdout.write(
                        f"{subject}: not issued: nobody stated that label and"
                        " certificate agree. Compare them, then name the lot after"
                        " --label-agrees."
                    )
                except Refusal as refusal:
                    refused += 1
                    self.stdout.write(f"{subject}: not issued: {refusal}")
                else:
                    self.stdout.write(f"{subject}: {made.number}")
        self.stdout.write(f"{len(keys) - refused} issued, {refused} refused")
        if refused:
            noun = "certificate was" if refused == 1 else "certificates were"
            raise CommandError(f"{refused} {noun} not issued.")
