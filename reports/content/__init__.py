"""Content of a certificate: what it says, as plain values and canonical JSON."""
