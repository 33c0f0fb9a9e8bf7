"""A local S3 Batch Operations service: runs whole jobs without an AWS account.

Optional: delete this folder and everything else still works.
"""
