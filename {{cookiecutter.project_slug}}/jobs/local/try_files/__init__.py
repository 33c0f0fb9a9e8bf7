"""`python -m jobs try`: the own task on own files, or on the events of this project."""
