"""The sending side, in processes of its own that know nothing of Django."""

import http.client
import time


def ready(_):
    time.sleep(0.2)


def send(job):
    port, key, bodies = job
    client = http.client.HTTPConnection("127.0.0.1", port)
    latencies = []
    for body in bodies:
        started = time.perf_counter()
        client.request("POST", "/api/events", body, {"Authorization": f"Bearer {key}"})
        answer = client.getresponse()
        content = answer.read()
        latencies.append(time.perf_counter() - started)
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {content[:300]!r}")
    return latencies
