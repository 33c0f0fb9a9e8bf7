"""`python -m jobs check`: refuse a manifest that would fail a job or lose objects.

`command` is the verb. `source` finds the manifest and its columns, `byte_pass` reads its bytes,
`checking` runs the rules of `jobs.formats` over its rows, `existing` asks S3, `fix` and `split`
write other manifests. It never changes the manifest that it is given.
"""
