"""What Lambda's GetFunctionConfiguration tells of the function that runs here: its variables.

`submit` reads them, as on AWS, to know what a job will do and to write it into the job's record.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobs.local.api.rest_xml import Request

PATH = re.compile("/2015-03-31/functions/([^/]+)/configuration")


def configuration(request: Request, arn: str | None, variables: Mapping[str, str]) -> bytes | None:
    """Return the answer to a request for the function `arn`; None: it asks for something else."""
    asked = PATH.fullmatch(request.path)
    if not asked or request.method != "GET" or arn is None:
        return None
    name, _, version = arn.partition(":function:")[2].partition(":")
    if unquote(asked[1]).rpartition("function:")[2].partition(":")[0] != name:
        return None
    told = {
        "FunctionName": name,
        "FunctionArn": arn,
        "Version": version,
        "Environment": {"Variables": dict(variables)},
    }
    return json.dumps(told).encode()
