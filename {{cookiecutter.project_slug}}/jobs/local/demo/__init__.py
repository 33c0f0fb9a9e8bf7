"""`python -m jobs demo`: one whole job on odd keys."""
