"""The operator's side: builds, submits and reads S3 Batch Operations jobs. Never deployed."""
