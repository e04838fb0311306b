"""Intake: a lot is logged and sampled, and its test orders are opened."""
