"""Serves moto over HTTP for the tests that started it, and ends with them. What it adds to moto is in operations.py, evaluation.py,
stacks.py, changes.py, stack_sets.py and between.py.

On standard output: one line of JSON, {"port": ...}, once requests are taken.
On standard input: nothing; when it ends, so does the server, so that however its parent ended, no server is left behind.
POST /moto-api/latency sets how many milliseconds each request takes from then on. What else is below /moto-api/ is in between.py.
"""

import json
import os
import sys
import threading
import time

import between
import changes
import evaluation
import moto.iam.models
import operations
import stack_sets
import stacks
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

# The managed policies that tests speak of. moto makes all of them anew for each account after each reset, which takes half a second.
MANAGED = {
    "AWSCompromisedKeyQuarantine",
    "AWSCompromisedKeyQuarantineV2",
    "AWSCompromisedKeyQuarantineV3",
    "AWSDenyAll",
    "AWSLambdaBasicExecutionRole",
    "AdministratorAccess",
    "AmazonS3ReadOnlyAccess",
    "PowerUserAccess",
    "ReadOnlyAccess",
}
policies = json.loads(moto.iam.models.aws_managed_policies_data)
moto.iam.models.aws_managed_policies_data = json.dumps({name: policies[name] for name in sorted(MANAGED)})

operations.add()
evaluation.correct()
stacks.add()
changes.correct()
stack_sets.correct()
between.add()


class OneAtATime:
    """moto looks at a condition and writes in two steps, and does not say that it may be called from several threads. AWS is atomic."""

    def __init__(self, app):
        self.app = app
        self.latency = 0.0
        self.lock = threading.Lock()

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == "/moto-api/latency":
            return self.set_latency(environ, start_response)
        name = environ["PATH_INFO"].removeprefix("/moto-api/")
        if name in between.ROUTES:
            return self.answer_between(name, environ, start_response)
        if name == "reset":
            between.reset()
        if self.latency > 0:
            time.sleep(self.latency)
        with self.lock:
            return list(self.app(environ, start_response))

    def answer_between(self, name, environ, start_response):
        with self.lock:
            answer = between.answer(name, environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
        return [answer]

    def set_latency(self, environ, start_response):
        self.latency = float(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))) / 1000
        start_response("200 OK", [("Content-Length", "0")])
        return [b""]


class Handler(MotoRequestHandler):
    # Keeps connections open between requests, as AWS does.
    protocol_version = "HTTP/1.1"

    def log_request(self, *args, **kwargs):
        pass


def end_with_parent():
    sys.stdin.read()
    os._exit(0)


def main():
    app = OneAtATime(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)
    server.daemon_threads = True
    os.environ["MOTO_PORT"] = str(server.port)
    print(json.dumps({"port": server.port}), flush=True)
    threading.Thread(target=end_with_parent, daemon=True).start()
    server.serve_forever()


main()
