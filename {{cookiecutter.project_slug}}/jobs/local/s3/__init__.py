"""The local S3: moto, made to keep the promises of S3 that a copy or a rename relies on."""
