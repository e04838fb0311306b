"""Status of a certificate: what it is worth today, and why."""
