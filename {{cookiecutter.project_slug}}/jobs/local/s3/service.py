"""moto's server, whose application for S3 keeps the promises of S3.

Loaded by `server` alone, in the end: moto takes a second.
"""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.utils import convert_to_flask_response
from moto.moto_server import werkzeug_app
from moto.s3.exceptions import InvalidBucketName
from moto.s3.models import s3_backends
from werkzeug.routing import Rule
from werkzeug.serving import make_server

from jobs.errors import Refused
from jobs.local.s3 import kept
from jobs.local.s3.every_request import SSE_S3
from jobs.local.s3.promises import Promises

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable
    from pathlib import Path

    from flask import Flask
    from moto.backends import SERVICE_NAMES

ANY_KEY = r"/<regex('[^/]+'):bucket_name_path>/<regex('(?:.|\n)+'):key_name>"
"""Any object: moto's own rule answers 404 to a key with a line feed."""

POLL_SECONDS = 0.02  # how long the end may have to wait for the server


def serve(listener: socket.socket, keep: Path | None, buckets: Iterable[str]) -> ExitStack:
    """Begin to serve S3 on `listener`, with the buckets; return what ends it.

    Raises Refused: no possible name of a bucket, or see `kept.objects`.
    """
    with ExitStack() as ending:  # what began last ends first: nothing is written after the save
        ending.enter_context(listener)
        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it logs each request
        ending.callback(s3_backends[DEFAULT_ACCOUNT_ID].reset)
        if keep is not None:
            ending.enter_context(kept.objects(keep))
        backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        for name in set(buckets) - backend.buckets.keys():
            try:
                backend.create_bucket(name, "us-east-1").encryption = SSE_S3
            except InvalidBucketName:
                raise Refused(
                    f"A parameter names the bucket {name!r}, which is not possible in S3: give it 3"
                    " to 63 characters in samconfig.toml."
                ) from None
        host, port = listener.getsockname()
        server = make_server(
            host,
            port,
            werkzeug_app.DomainDispatcherApplication(_application),
            threaded=True,
            request_handler=werkzeug_app.MotoRequestHandler,
            fd=listener.fileno(),
        )
        listener.close()  # the server has a copy of it
        ending.callback(server.server_close)
        thread = threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,), daemon=True)
        thread.start()
        ending.callback(thread.join)
        ending.callback(server.shutdown)
        return ending.pop_all()


def _application(service: SERVICE_NAMES) -> Flask:
    """Return the application that answers for `service`, such as s3."""
    made = werkzeug_app.create_backend_app(service)
    if service == "s3":
        for endpoint, view in list(made.view_functions.items()):
            verb = vars(view)["callback"].__name__  # moto keeps its class method there
            made.view_functions[endpoint] = convert_to_flask_response(getattr(Promises, verb))
        made.view_functions["any-key"] = convert_to_flask_response(Promises.key_dispatch)
        made.url_map.add(Rule(ANY_KEY, endpoint="any-key", strict_slashes=False))
    return made
