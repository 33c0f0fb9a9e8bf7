"""moto's application for a service of AWS; that of S3 keeps the promises of S3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.core.utils import convert_to_flask_response
from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug.routing import Rule

from jobs.local.s3.promises import Promises

if TYPE_CHECKING:
    from flask import Flask
    from moto.backends import SERVICE_NAMES

ANY_KEY = r"/<regex('[^/]+'):bucket_name_path>/<regex('(?:.|\n)+'):key_name>"
"""Any object: moto's own rule answers 404 to a key with a line feed."""


def application(service: SERVICE_NAMES) -> Flask:
    """Return the application that answers for `service`, such as s3."""
    made = create_backend_app(service)
    if service == "s3":
        for endpoint, view in list(made.view_functions.items()):
            verb = vars(view)["callback"].__name__  # moto keeps its class method there
            made.view_functions[endpoint] = convert_to_flask_response(getattr(Promises, verb))
        made.view_functions["any-key"] = convert_to_flask_response(Promises.key_dispatch)
        made.url_map.add(Rule(ANY_KEY, endpoint="any-key", strict_slashes=False))
    return made
