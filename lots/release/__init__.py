"""Release: QA's decisions on an assessment and on a lot."""
