"""Workflow: lot status, what blocks a step, and the tasks of My work."""
