"""The sending side, in processes of its own that know nothing of Django.

It writes to a socket and reads from it: a client's library would take as much of the two cores as the server does for
a single event, and the machine of a sender is not the one that is measured.
"""

import socket
import time


def send(port, key, bodies, begin, answers, gaps):
    """Post the bodies one after the other, each due so many seconds after the one before was.

    The seconds each took, from when it was due if that is told and else from when it was sent, go to `answers`, or the
    text of the first failure.
    """
    client = socket.create_connection(("127.0.0.1", port))
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    head = f"POST /api/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\nContent-Length: "
    requests = [f"{head}{len(body)}\r\n\r\n".encode() + body for body in bodies]
    latencies = []
    begin.wait(60)
    due = time.perf_counter()
    for request, gap in zip(requests, gaps, strict=True):
        due += gap
        time.sleep(max(due - time.perf_counter(), 0))
        # Also what it waits for the answer before it: a sender whose turn comes later would hide it.
        started = due if gap else time.perf_counter()
        client.sendall(request)
        answer = read(client)
        latencies.append(time.perf_counter() - started)
        if not answer.startswith(b"HTTP/1.1 200 "):
            answers.put(repr(answer[:500]))
            return
    answers.put(latencies)


def read(client):
    """One whole answer."""
    answer = client.recv(65_536)
    while b"\r\n\r\n" not in answer:
        answer += more(client)
    headers, _, content = answer.partition(b"\r\n\r\n")
    length = next(
        int(line.partition(b":")[2]) for line in headers.split(b"\r\n") if line[:15].lower() == b"content-length:"
    )
    while len(content) < length:
        content += more(client)
    return headers + b"\r\n\r\n" + content


def more(client):
    found = client.recv(65_536)
    if not found:
        raise ConnectionError("The server has closed the connection")
    return found
