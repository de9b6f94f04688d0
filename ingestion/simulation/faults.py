"""What goes wrong between members and the door: invalid events of every kind, and events that come late."""

import math
from random import Random
from typing import Any

from .draws import happens, token
from .members import Member
from .shapes import Envelope, Shape, timestamp

# Events whose properties the catalogue refuses: wrong type, out of range, outside the enumeration, missing.
BROKEN: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "forum": [
        ("post_created", {"post_id": {"id": 17}, "channel_id": "general"}),
        ("points_transferred", {"to_user_id": "u_0", "reason": "tip"}),
        ("report_submitted", {"content_id": "p_0", "reason": "rude"}),
        ("like_given", {"post_id": "p_0", "action": "love"}),
    ],
    "wellbeing": [
        ("activation_mood_logged", {"mood": 11, "phase": "end"}),
        ("activation_mood_logged", {"phase": "start"}),
        ("activation_round_completed", {"round": "third"}),
        ("microact_created", {"category": "money", "impact_scope": "self"}),
    ],
    "social": [
        ("performance_metric", {"metricName": "lcp", "value": "fast"}),
        ("performance_metric", {"metricName": "lcp"}),
        ("scroll_depth", {"depth": 140}),
        ("user_follow", {"targetUserId": "usr_0", "action": "block"}),
    ],
    "network": [
        ("vote", {"post_id": "np_0", "direction": "sideways"}),
        ("post", {"post_id": ["np_0"], "type": "text"}),
        ("profile_viewed", {"profile_id": 12, "duration_ms": -5}),
        ("education_added", {"school": "MIT", "graduation_year": "next year"}),
    ],
}
UNKNOWN_SHARE = 0.25
SHORTEST_DELAY_SECONDS = 180.0
LONGEST_DELAY_SECONDS = 3 * 86400.0


def broken(system: str, shape: Shape, rng: Random, member: Member, instant: float) -> Envelope:
    """An event that must end in quarantine: a fourth in no known envelope, the rest refused by the schema."""
    if happens(rng, UNKNOWN_SHARE):
        return {"what": "click", "who": member.id, "when": timestamp(instant), "trace": token(rng, 8)}
    name, properties = rng.choice(BROKEN[system])
    return shape(rng, member, name, dict(properties), instant)


def delay_seconds(rng: Random) -> float:
    """How late a late session is heard of: minutes as often as hours or days."""
    low, high = math.log(SHORTEST_DELAY_SECONDS), math.log(LONGEST_DELAY_SECONDS)
    return math.exp(rng.uniform(low, high))
