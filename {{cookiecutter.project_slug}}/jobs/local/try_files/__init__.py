"""`python -m jobs try`: the project's task on your files, or on the requests of events/."""
