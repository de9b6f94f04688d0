"""Requests that come by ASGI and are answered by WSGI."""

import asyncio

from config import bridge as bridge_module
from config.bridge import PIECE_BYTES, Bridge, environ_of

SCOPE = {
    "type": "http",
    "method": "POST",
    "path": "/é/a b",
    "raw_path": b"/%c3%a9/a%20b%ff",
    "query_string": b"q=%00&u=\xc3\xa9",
    "http_version": "1.1",
    "scheme": "http",
    "server": ("127.0.0.1", "8000"),
    "client": ("10.0.0.1", "5000"),
    "headers": [
        (b"host", b"agora.example"),
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
        (b"x-forwarded-for", b"1.1.1.1"),
    ],
}


def ask(application, parts=(b"",), headers=(), most_bytes=1_000):
    """(what was sent, how many parts of the body were taken) by a request whose body comes in parts."""
    sent, left = [], list(parts)

    async def receive():
        part = left.pop(0)
        if part is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": part, "more_body": bool(left)}

    async def send(message):
        sent.append(message)

    bridge = Bridge(application, threads=1, most_bytes=most_bytes)
    try:
        asyncio.run(bridge(SCOPE | {"headers": [*SCOPE["headers"], *headers]}, receive, send))
    finally:
        bridge.threads.shutdown()
    return sent, len(parts) - len(left)


def echo(environ, start_response):
    start_response("200 OK", [("X-Some", "é")])
    return [environ["wsgi.input"].read()]


def test_a_request_is_told_as_a_wsgi_server_tells_it():
    environ = environ_of(SCOPE, b"body")

    assert environ["PATH_INFO"].encode("latin-1") == b"/\xc3\xa9/a b\xff"
    assert environ["QUERY_STRING"].encode("latin-1") == b"q=%00&u=\xc3\xa9"
    assert (environ["REMOTE_ADDR"], environ["HTTP_HOST"]) == ("10.0.0.1", "agora.example")
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert environ["wsgi.input"].read() == b"body"


def test_a_header_with_an_underscore_passes_for_no_other():
    environ = environ_of(SCOPE | {"headers": [*SCOPE["headers"], (b"x_forwarded_for", b"6.6.6.6")]}, b"")

    assert environ["HTTP_X_FORWARDED_FOR"] == "1.1.1.1"


def test_a_body_comes_together_and_the_answer_goes_in_one_piece():
    sent, _ = ask(echo, [b"one ", b"and ", b"two"])

    assert sent == [
        {"type": "http.response.start", "status": 200, "headers": [(b"x-some", b"\xe9")]},
        {"type": "http.response.body", "body": b"one and two"},
    ]


def test_the_end_of_a_body_of_a_told_length_is_not_waited_for():
    sent, taken = ask(echo, [b"body", b""], [(b"content-length", b"4")])

    assert (sent[1]["body"], taken) == (b"body", 1)


def test_of_a_body_that_no_view_takes_the_rest_is_left():
    sent, taken = ask(echo, [b"x" * 8] * 10, most_bytes=20)

    assert (len(sent[1]["body"]), taken) == (21, 3)


def test_whoever_goes_before_the_end_of_the_body_is_not_answered():
    assert ask(echo, [b"half", None]) == ([], 2)


def test_a_long_answer_goes_in_pieces_and_is_closed_at_its_end():
    closed = []

    class Rows:
        def __iter__(self):
            yield from (b"x" * 1_000 for _ in range(3 * PIECE_BYTES // 1_000))

        def close(self):
            closed.append(True)

    def stream(environ, start_response):
        start_response("200 OK", [])
        return Rows()

    sent, _ = ask(stream)
    pieces = [message["body"] for message in sent[1:]]
    assert sum(map(len, pieces)) == 3 * PIECE_BYTES // 1_000 * 1_000
    assert max(map(len, pieces)) < PIECE_BYTES + 1_000
    assert [message.get("more_body", False) for message in sent[1:]] == [True] * (len(pieces) - 1) + [False]
    assert closed == [True]


def test_an_answer_of_a_told_length_holds_no_thread_until_it_is_taken():
    def known(environ, start_response):
        start_response("200 OK", [("Content-Length", str(3 * PIECE_BYTES))])
        return [b"x" * PIECE_BYTES] * 3

    assert [len(message.get("body", b"")) for message in ask(known)[0]] == [0, 3 * PIECE_BYTES]


def test_a_reader_who_takes_nothing_holds_no_thread_for_long(monkeypatch):
    monkeypatch.setattr(bridge_module, "SLOW_SECONDS", 0.05)
    closed = []

    class Rows:
        def __iter__(self):
            while True:
                yield b"x" * PIECE_BYTES

        def close(self):
            closed.append(True)

    def stream(environ, start_response):
        start_response("200 OK", [])
        return Rows()

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        await asyncio.Event().wait()

    bridge = Bridge(stream, threads=1, most_bytes=1_000)
    asyncio.run(bridge(SCOPE, receive, send))
    bridge.threads.shutdown()
    assert closed == [True]
