"""The errors that the job API answers, each with its code and HTTP status.

Codes as in botocore's s3control model and the troubleshooting page of the S3 User Guide. Only
`NoSuchJobException` differs from the model, which calls it NotFoundException.
"""


class ApiError(Exception):
    """A request that the job API refuses; nothing was changed by it."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        """Keep what goes on the wire: the error code, the sentence and the HTTP status."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def no_such_job(job_id: str) -> ApiError:
    """The job does not exist, or ended more than 90 days ago."""
    return ApiError("NoSuchJobException", f"There is no job {job_id!r}.", status=404)


def bad_request(message: str) -> ApiError:
    """The request breaks a rule of the API."""
    return ApiError("BadRequestException", message)


def invalid_next_token(token: str) -> ApiError:
    """The paging token is not one that ListJobs gave."""
    return ApiError("InvalidNextTokenException", f"NextToken {token!r} was not given by ListJobs.")


def token_reused(token: str, job_id: str) -> ApiError:
    """The client request token already made a job from other parameters."""
    return ApiError(
        "IdempotencyException",
        f"ClientRequestToken {token!r} already made job {job_id!r} from other parameters.",
    )


def wrong_status(job_id: str, status: str, requested: str) -> ApiError:
    """The job cannot go from its status to the one that is asked for."""
    return ApiError(
        "JobStatusException",
        f"Job {job_id!r} is {status}: it cannot become {requested!r}.",
    )


def closed() -> ApiError:
    """The service is ending and takes no more jobs."""
    return ApiError("InternalServiceException", "The service is shutting down.", status=500)


def too_many_tags(count: int) -> ApiError:
    """A job carries at most 50 tags."""
    return ApiError("TooManyTagsException", f"A job has at most 50 tags, not {count}.")
