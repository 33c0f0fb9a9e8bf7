"""An S3 of dictionaries that answers the requests of s3copy as AWS documents them.

Objects are bytes, of which each may stand for a GiB; nothing is stored on disk and nothing waits.
`store` holds buckets and versions, `client` has the methods of a boto3 client, `wire` and `server`
put the same client behind HTTP for real SDKs. The test beside it runs the same schedules on moto.
"""

from fakes3.client import FakeClient
from fakes3.store import GIB, Bucket, Store, Version

__all__ = ["GIB", "Bucket", "FakeClient", "Store", "Version"]
