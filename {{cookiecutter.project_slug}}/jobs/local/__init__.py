"""A local S3 Batch Operations service: runs whole jobs without an AWS account.

Optional: delete this folder and everything else still works. Its exceptions:

    Exception
    ├── engine.api_errors.ApiError              the job API refuses a request
    ├── engine.job.CancelledError               the job was cancelled: stop where you are
    ├── engine.job.FailedError                  the job cannot go on: it becomes Failed
    ├── functions.handlers.HandlerError         there is no such handler, or its import failed
    ├── functions.invoke.NoAnswerError          Lambda gave no answer to an invocation
    │   ├── functions.invoke.ThrottledError     not taken now: it may be tried again
    │   ├── functions.invoke.LostError          sent, and no answer came: it may have run
    │   └── functions.invoke.NotInvokedError    refused; a repetition would be refused too
    ├── functions.processes.InitError           an environment could not load the function
    ├── moto's S3ClientError
    │   └── s3.conditions.NotKnownError         this S3 does not support what is asked
    └── ValueError
        └── api.safe_xml.MalformedError         a request is not what the model says
"""
