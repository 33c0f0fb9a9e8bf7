"""The life of a job, from manifest to completion report."""
