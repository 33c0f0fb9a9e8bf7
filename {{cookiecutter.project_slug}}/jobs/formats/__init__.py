"""The files of S3 Batch Operations: manifest, inventory, completion report. Calls no AWS."""
