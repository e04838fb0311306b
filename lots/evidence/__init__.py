"""Evidence: the audit trail, signatures, kept files, verification and backup."""
