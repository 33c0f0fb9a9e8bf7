"""`python -m jobs policies`: every IAM document of the stack."""
