"""The same fact, that ada created post p1 at NOW, in each envelope of events.md section 4."""

SNAKE = {
    "event_id": "m1",
    "event_name": "post_created",
    "event_category": "user_action",
    "user_id": "ada",
    "session_id": "s1",
    "timestamp": "2026-03-02T12:00:00Z",
    "properties": {"post_id": "p1"},
    "context": {"platform": "web", "device_type": "phone", "app_version": "1.2"},
}
CAMEL = {
    "eventId": "evt_1772452800000_x1",
    "eventName": "post_created",
    "userId": "ada",
    "sessionId": "s1",
    "timestamp": "2026-03-02T12:00:00Z",
    "platform": "web",
    "data": {"post_id": "p1"},
    "metadata": {"url": "https://a.example/p1", "pathname": "/p1", "referrer": "https://b.example"},
}
TYPED = {
    "eventId": "m1",
    "eventType": "post_created",
    "eventCategory": "user_action",
    "userId": "ada",
    "sessionId": "s1",
    "timestamp": "2026-03-02T12:00:00Z",
    "deviceType": "phone",
    "version": "1.4",
    "properties": {"post_id": "p1"},
    "context": {"platform": "web", "referrer": "https://b.example", "userAgent": "Agent/1", "ipAddress": "203.0.113.7"},
}
SEGMENT = {
    "type": "track",
    "event": "post_created",
    "messageId": "m1",
    "userId": "ada",
    "anonymousId": None,
    "originalTimestamp": "2026-03-02T12:00:00.000Z",
    "timestamp": "2026-03-02T12:00:05.000Z",
    "sentAt": "2026-03-02T12:00:07.000Z",
    "channel": "web",
    "properties": {"post_id": "p1"},
    "context": {
        "sessionId": 1772452800000,
        "schemaVersion": 2,
        "userAgent": "Agent/1",
        "page": {"url": "https://a.example/p1", "path": "/p1", "referrer": "https://b.example", "title": "P1"},
        "os": {"name": "Android", "version": "16"},
        "device": {"type": "phone"},
        "app": {"version": "1.2"},
        "traits": {"plan": "free"},
    },
}
SAMPLES = {"snake": SNAKE, "camel": CAMEL, "typed": TYPED, "segment": SEGMENT}
# Where each envelope keeps a field.
NAME = {"snake": "event_name", "camel": "eventName", "typed": "eventType", "segment": "event"}
USER = {"snake": "user_id", "camel": "userId", "typed": "userId", "segment": "userId"}
ANONYMOUS = {"snake": "anonymous_id", "camel": "anonymousId", "typed": "anonymousId", "segment": "anonymousId"}
MESSAGE = {"snake": "event_id", "camel": "eventId", "typed": "eventId", "segment": "messageId"}
PROPERTIES = {"snake": "properties", "camel": "data", "typed": "properties", "segment": "properties"}
CONTEXT = {"snake": "context", "camel": "metadata", "typed": "context", "segment": "context"}
TIME = {"snake": "timestamp", "camel": "timestamp", "typed": "timestamp", "segment": "originalTimestamp"}
