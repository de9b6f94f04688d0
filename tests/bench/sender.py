"""The sending side, in processes of its own that know nothing of Django."""

import http.client
import time


def send(port, key, bodies, begin, answers):
    """Post the bodies one after the other; the seconds each took, or the text of the first failure, go to `answers`."""
    client = http.client.HTTPConnection("127.0.0.1", port)
    client.connect()
    latencies = []
    begin.wait(60)
    for body in bodies:
        started = time.perf_counter()
        client.request("POST", "/api/events", body, {"Authorization": f"Bearer {key}"})
        answer = client.getresponse()
        content = answer.read()
        latencies.append(time.perf_counter() - started)
        if answer.status != 200:
            answers.put(f"{answer.status}: {content[:300]!r}")
            return
    answers.put(latencies)
