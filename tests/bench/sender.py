"""The sending side, in processes of its own that know nothing of Django.

It writes to a socket and reads from it: a client's library would take as much of the two cores as the server does for
a single event, and the machine of a sender is not the one that is measured.
"""

import random
import socket
import time


def send(port, requests, taken, begin, answers, per_second, seed):
    """Send the requests that no other sender has `taken` yet, one after the other, or so many a second by chance.

    The seconds each took, from when it was due if that is told and else from when it was sent, go to `answers`, or the
    text of the first failure.
    """
    client = socket.create_connection(("127.0.0.1", port))
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    chance = random.Random(seed)
    latencies = []
    begin.wait(60)
    due = time.perf_counter()
    while True:
        if per_second:
            due += chance.expovariate(per_second)
            time.sleep(max(due - time.perf_counter(), 0))
        with taken:
            number = taken.value
            taken.value += 1
        if number >= len(requests):
            break
        # Also what it waits for the answer before it: a sender whose turn comes later would hide it.
        started = due if per_second else time.perf_counter()
        client.sendall(requests[number])
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
