"""A local S3 Batch Operations service: runs whole jobs without an AWS account.

Optional: delete this folder and everything else still works. The way of a job through it:

    command, starting     the verb `local`: S3, the function and the job API start
    api/server            HTTP, with api/request: is this request for us?
    api/operations        which operation it is, read and written by api/rest_xml
    engine/engine         the job API without HTTP; jobs_table holds the jobs, a thread runs each
    engine/lifecycle      its life: preparing reads the manifest, or manifest_generator makes it
    engine/task_runner    the tasks: lambda_contract makes each event and judges the answer
    functions/            the function: environments, in_process, or endpoint for another Lambda
    s3/                   moto's S3 with S3's own promises

`demo` and `try` start the engine without the API, by whole_job. Its exceptions:

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
