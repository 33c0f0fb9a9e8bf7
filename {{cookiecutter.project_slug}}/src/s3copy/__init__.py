"""Copy or rename one S3 object so that nothing is lost. Knows nothing of S3 Batch Operations.

    s3 = client(options)                           # once per process
    copy(s3, source, target, options, deadline)    # "Copied to s3://bucket/key (version 3sL4)"
    rename(s3, source, target, options, deadline)  # copy, prove the copy, delete the source

Both return one sentence, or raise with one: `RefusedError` when running again cannot help,
`TryAgainError` when it can. Every other exception that boto3 raises comes out as it is.

THE PROTOCOL. A source is deleted only when the copy is proven to be its content, and a crash
between any two requests leaves the content readable under one of the two names. S3 Batch Operations
sends a task at least once, so every step may meet what an earlier delivery did. The functions of
`protocol.py` and `deleting.py` carry these names:

GUARD      Refuse before any request: a destination that is the source, under its name or under an
           alias; keys and buckets that cannot be; too little time.
COPY       One CopyObject; under `never` with IfNoneMatch, so that what is there stays there. Its
           refusals say where to go on: 404 to GONE, 412 to EXISTS, InvalidRequest to PARTS if the
           object has more than 5 GiB (its size is asked for: the text of a message proves nothing).
HEADFIRST  Look at the source before: for HEAD_FIRST, directory buckets, a lowered threshold, and
           the rename of a named version, which must be the current one. The copy and the delete
           both name the ETag that was seen.
PARTS      Above 5 GiB: a multipart upload in which every part names the ETag that was seen.
           Annotations are read before it is completed, and it is completed only while the
           destination is as it was seen: another delivery may have finished and deleted the source.
SUSP       Delete nothing with a real version id in a bucket whose versioning is suspended: the
           delete would destroy another version, the one with the id "null".
DELETE     Delete the source if it still has the ETag that the copy returned (IfMatch). Never by a
           VersionId: that is final, and shows an older version again. Not for a copy under KMS,
           whose ETag is never the source's.
PROVE      The ETags differ, because the source was uploaded in parts or one side is under KMS. A
           version never changes; equal checksums of whole objects prove the content; else what the
           source is now is copied again, over our own copy only.
FINISH     Delete the source if it has the ETag that was proven. If not, it changed and is kept.
EXISTS     Something is at the destination: our copy (an answer was lost, or this is a second
           delivery), or another's object. Only what S3 shows to be the same in content, metadata,
           headers, tags, annotations and what the deployment sets counts as the copy. A rename
           deletes its source for it only if it was written in a later second: a copy of ours was,
           while the object of another row, such as the other half of a swap, need not be newer.
           Above 5 GiB a copy that only lacks long tags or annotations is finished first.
RENAME     Inside one directory bucket: RenameObject, one atomic step, of the ETag that was seen. If
           it does not find a source that is there, the rename goes by HEADFIRST.
GONE       There is no source. If the destination is there, an earlier delivery finished the rename,
           or the name never existed: the sentence says what was seen. If the bucket is missing,
           nothing was renamed.
"""

from s3copy.protocol import copy, rename
from s3copy.s3_client import client
from s3copy.values import Options, RefusedError, Source, Target, TryAgainError

__all__ = [
    "Options",
    "RefusedError",
    "Source",
    "Target",
    "TryAgainError",
    "client",
    "copy",
    "rename",
]
