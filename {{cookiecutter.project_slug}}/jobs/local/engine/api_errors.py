"""What the job API answers when it refuses a request.

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


def bad_request(message: str) -> ApiError:
    """The request breaks a rule of the API."""
    return ApiError("BadRequestException", message)


def no_such_job(job_id: str) -> ApiError:
    """The job does not exist, or ended more than 90 days ago."""
    return ApiError("NoSuchJobException", f"There is no job {job_id!r}.", status=404)


def wrong_status(job_id: str, status: str, requested: str) -> ApiError:
    """The job cannot go from its status to the one that is asked for."""
    message = f"Job {job_id!r} is {status}: it cannot become {requested!r}."
    return ApiError("JobStatusException", message)
