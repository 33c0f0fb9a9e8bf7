"""The s3control job API over HTTP: REST-XML, from botocore's own model."""
