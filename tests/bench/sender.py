"""The sending side, in processes of its own that know nothing of Django."""

import http.client
import time


def send(port, key, bodies, begin, answers, pause):
    """Post the bodies one after the other, one begun every `pause` seconds where there is time; the seconds each took,
    or the text of the first failure, go to `answers`.
    """
    client = http.client.HTTPConnection("127.0.0.1", port)
    client.connect()
    latencies = []
    begin.wait(60)
    first = time.perf_counter()
    for number, body in enumerate(bodies):
        time.sleep(max(first + number * pause - time.perf_counter(), 0))
        started = time.perf_counter()
        client.request("POST", "/api/events", body, {"Authorization": f"Bearer {key}"})
        answer = client.getresponse()
        content = answer.read()
        latencies.append(time.perf_counter() - started)
        if answer.status != 200:
            answers.put(f"{answer.status}: {content[:300]!r}")
            return
    answers.put(latencies)
