"""The team's own application: an HTTP server on this machine that takes webhooks, or does not."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Application(ThreadingHTTPServer):
    """answers: a status a request, the last for all that follow; or a function of the handler that answers itself."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = [200]
        self.got = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/webhooks?from=agora"

    def bodies(self):
        return [json.loads(body) for _, _, body in self.got]


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body.decode()))
        answer = self.server.answers.pop(0) if len(self.server.answers) > 1 else self.server.answers[0]
        if callable(answer):
            answer(self)
            return
        self.send_response(answer)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"no")

    def log_message(self, *_):
        pass


@contextmanager
def listening():
    with Application() as application:
        thread = threading.Thread(target=application.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield application
        application.shutdown()
        thread.join()
