"""The records, by subject: fields and constraints."""

from lots.models.evidence import AuditEntry, ImportedFile, NumberFloor, Signature
from lots.models.lot import (
    Attachment,
    DateKind,
    Lot,
    Origin,
    Parentage,
    Sample,
    UseDocument,
)
from lots.models.lot_status import DAYS, LotStatus
from lots.models.people import Installation, User
from lots.models.specification import (
    Criterion,
    Group,
    Method,
    Owner,
    Purpose,
    Specification,
    Test,
)
from lots.models.supply import (
    AlternativeUse,
    CertificateHeader,
    Document,
    Material,
    Organisation,
    Qualification,
    Site,
    Statement,
)
from lots.models.test_order import (
    Assessment,
    Conclusion,
    Investigation,
    Kind,
    Mark,
    MarkKind,
    Occasion,
    ReleaseKept,
    Result,
    Source,
    TestOrder,
)
from lots.rules.roles import Role
from lots.rules.states import Approval, AssessmentState, LotState, Stage
from lots.rules.step_table import Meaning

__all__ = [
    "DAYS",
    "AlternativeUse",
    "Approval",
    "Assessment",
    "AssessmentState",
    "Attachment",
    "AuditEntry",
    "CertificateHeader",
    "Conclusion",
    "Criterion",
    "DateKind",
    "Document",
    "Group",
    "ImportedFile",
    "Installation",
    "Investigation",
    "Kind",
    "Lot",
    "LotState",
    "LotStatus",
    "Mark",
    "MarkKind",
    "Material",
    "Meaning",
    "Method",
    "NumberFloor",
    "Occasion",
    "Organisation",
    "Origin",
    "Owner",
    "Parentage",
    "Purpose",
    "Qualification",
    "ReleaseKept",
    "Result",
    "Role",
    "Sample",
    "Signature",
    "Site",
    "Source",
    "Specification",
    "Stage",
    "Statement",
    "Test",
    "TestOrder",
    "UseDocument",
    "User",
]
