"""History: the audit trail read by people, one sentence for each act."""
