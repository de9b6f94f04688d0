"""A site of another origin than Agora, whose one page has the library of a client."""

import functools
import http.server
import threading
from contextlib import contextmanager


class Site(http.server.SimpleHTTPRequestHandler):
    """A page that has the library, and its files."""

    def do_GET(self):
        if self.path == "/":
            page = b"<!doctype html><title>Site</title><link rel=icon href=data:,><script src=/index.js></script>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page)
        else:
            super().do_GET()

    def log_message(self, *_):
        pass


@contextmanager
def site_of(folder):
    """Its address; the folder has the library as index.js."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Site, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
