"""The way between a client and the web server, on which requests and answers get lost as they do on a real one."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# What happens to the next POST: nobody gets the request, nobody gets the answer, a proxy says that the server is away.
REQUEST, ANSWER, AWAY = "request", "answer", "away"
OF_ONE_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Line:
    """`faults` is what befalls the next POSTs, one each; `answered` how many got through with 200."""

    faults: Iterator[str] = iter(())

    def __init__(self, port):
        self.port = port
        self.lost = self.answered = 0
        self.lock = threading.Lock()
        line = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                line.carry(self, line.next_fault())

            def do_GET(self):
                line.carry(self, None)

            def do_OPTIONS(self):
                line.carry(self, None)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def next_fault(self):
        with self.lock:
            fault = next(self.faults, None)
            self.lost += fault is not None
            return fault

    def carry(self, handler, fault):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        if fault == REQUEST:
            return
        if fault == AWAY:
            handler.send_error(503)
            return
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as upstream:
            upstream.request(handler.command, handler.path, body, dict(handler.headers))
            answer = upstream.getresponse()
            content = answer.read()
        if fault == ANSWER:
            return
        handler.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in OF_ONE_HOP:
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)
        if handler.command == "POST" and answer.status == 200:
            with self.lock:
                self.answered += 1


@contextmanager
def line(port):
    """A line to the web server on the port."""
    made = Line(port)
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        thread.join()
        made.server.server_close()
