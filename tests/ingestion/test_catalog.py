"""The shipped catalogue: complete (events.md section 7), well formed, and the same where systems overlap."""

import json
from itertools import combinations
from pathlib import Path

import jsonschema_rs
import pytest

CATALOG = Path(__file__).resolve().parents[2] / "ingestion" / "catalog"

NAMES = {
    "forum": """
        user_registered user_login post_created comment_created like_given post_view post_shared post_saved
        post_deleted comment_deleted points_transferred points_redeemed level_up report_submitted report_resolved
        user_banned channel_joined oauth_linked wallet_connected ipfs_uploaded
    """,
    "wellbeing": """
        user_signup user_login user_profile_update user_consent_update
        activation_started activation_round_completed activation_affirmation_selected activation_mood_logged
        activation_completed activation_breathwork_completed
        microact_created microact_updated microact_shared microact_category_selected
        post_created post_liked post_commented post_shared user_followed
        wave_registered wave_joined wave_left wave_interaction wave_microact_shared wave_feedback_submitted
    """,
    "social": """
        session_start session_end page_view tab_switch post_created post_view post_like post_share post_comment
        user_follow profile_view message_sent community_join community_leave community_post news_article_view
        news_article_share trending_item_view trending_item_click search_performed search_result_click media_upload
        media_view story_view error_occurred performance_metric notification_view notification_click scroll_depth
        feature_flag_trigger experiment_view
    """,
    "network": """
        post comment mention vote collection_created collection_shared profile_viewed search_performed group_created
        experience_added education_added finder_enabled
    """,
}
SYSTEMS = list(NAMES)

CATEGORIES = {
    "user_action",
    "account",
    "system",
    "error",
    "performance",
    "wellbeing",
    "economy",
    "moderation",
    "session",
    "experiment",
}
COUNTS = {
    "posts_created",
    "comments_created",
    "likes_given",
    "shares",
    "follows_made",
    "messages_sent",
    "profile_views",
    "news_articles_viewed",
    "trending_items_viewed",
    "stories_viewed",
    "media_uploaded",
    "communities_joined",
    "communities_left",
    "community_posts",
    "posts_viewed",
    "pages_viewed",
    "signups",
    "collections_created",
    "votes_given",
    "saves",
    "content_deleted",
    None,
}

# One event as a client of each system sends it, for every type that more than one system has.
EXAMPLES = {
    ("forum", "post_created"): {"post_id": "p1", "channel_id": 4, "type": "link", "points": -5, "tags": ["news"]},
    ("wellbeing", "post_created"): {"post_id": 17, "author_id": "u1", "wave_id": "w3", "post_type": "text"},
    ("social", "post_created"): {"postId": "p1", "authorId": 9, "communityId": "c", "type": "video", "hasMedia": True},
    ("forum", "user_login"): {"method": "github"},
    ("wellbeing", "user_login"): {"login_method": "email", "is_first_login": True, "days_since_last_login": 0},
    ("forum", "post_view"): {"post_id": "p1", "author_id": "u2", "source": "feed", "duration_ms": 0},
    ("social", "post_view"): {"postId": "p1", "authorId": "u2", "durationMs": 5300, "position": 3},
    ("forum", "post_shared"): {"post_id": "p1", "platform": "x"},
    ("wellbeing", "post_shared"): {"post_id": "p1", "post_author_id": 5, "share_method": "link", "audience": "wave"},
    ("social", "search_performed"): {"query": "garden", "searchType": "people", "resultsCount": 0},
    ("network", "search_performed"): {"search_query": "engineer", "search_type": "people", "result_count": 12},
}

REPORT_REASONS = [
    "spam",
    "harassment",
    "hate_speech",
    "misinformation",
    "nsfw",
    "violence",
    "self_promotion",
    "copyright",
    "other",
]


def read(system):
    return json.loads((CATALOG / f"{system}.json").read_text(encoding="utf-8"))


def types(system):
    return {entry["name"]: entry for entry in read(system)["event_types"]}


def every_type():
    return [
        pytest.param(system, entry, id=f"{system}-{entry['name']}")
        for system in SYSTEMS
        for entry in read(system)["event_types"]
    ]


def accepts(system, name, properties):
    return jsonschema_rs.validator_for(types(system)[name]["schema"]).is_valid(properties)


def resolve(pointers, properties):
    """The value of the first pointer that is present, as the pipeline reads it."""
    return next((properties[p[1:]] for p in pointers if properties.get(p[1:]) is not None), None)


def collisions():
    return [
        (one, other, name)
        for one, other in combinations(SYSTEMS, 2)
        for name in sorted(types(one).keys() & types(other).keys())
    ]


@pytest.mark.parametrize("system", SYSTEMS)
def test_file_says_its_system_and_title(system):
    document = read(system)
    assert set(document) == {"system", "title", "event_types"}
    assert document["system"] == system
    assert document["title"]


@pytest.mark.parametrize("system", SYSTEMS)
def test_list_of_event_types_is_complete_and_names_are_unique(system):
    names = [entry["name"] for entry in read(system)["event_types"]]
    assert len(names) == len(set(names))
    assert set(names) == set(NAMES[system].split())


def test_no_other_catalogue_lies_beside_the_four():
    assert {path.name for path in CATALOG.glob("*.json")} == {f"{system}.json" for system in SYSTEMS}


@pytest.mark.parametrize(("system", "entry"), every_type())
def test_entry_is_well_formed(system, entry):
    assert set(entry) == {
        "name",
        "category",
        "description",
        "owner",
        "purpose",
        "object_type",
        "pointers",
        "counts_as",
        "schema",
    }
    assert entry["category"] in CATEGORIES
    assert entry["counts_as"] in COUNTS
    assert entry["description"].endswith(".")
    assert entry["owner"].endswith(" team")
    assert entry["purpose"] == ("essential" if entry["name"] == "user_consent_update" else "analytics")
    assert entry["object_type"] is None or entry["object_type"].islower()


@pytest.mark.parametrize(("system", "entry"), every_type())
def test_schema_is_valid_json_schema_and_open(system, entry):
    schema = entry["schema"]
    jsonschema_rs.meta.validate(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert isinstance(jsonschema_rs.validator_for(schema), jsonschema_rs.Draft202012Validator)
    assert schema["type"] == "object"
    assert "additionalProperties" not in schema
    assert all(fragment["description"].endswith(".") for fragment in schema["properties"].values())


@pytest.mark.parametrize(("system", "entry"), every_type())
def test_every_pointer_names_a_declared_property(system, entry):
    assert set(entry["pointers"]) <= {"object_id", "object_author", "community_id", "value"}
    for pointers in entry["pointers"].values():
        assert pointers
        assert len(pointers) == len(set(pointers))
        for pointer in pointers:
            assert pointer.startswith("/")
            assert pointer[1:] in entry["schema"]["properties"]


@pytest.mark.parametrize(("system", "entry"), every_type())
def test_ids_may_be_text_or_whole_numbers_and_value_is_a_number(system, entry):
    properties = entry["schema"]["properties"]
    for field in ("object_author", "community_id"):
        for pointer in entry["pointers"].get(field, []):
            assert properties[pointer[1:]]["type"] == ["string", "integer", "null"]
    for pointer in entry["pointers"].get("value", []):
        kinds = properties[pointer[1:]]["type"]
        assert set([kinds] if isinstance(kinds, str) else kinds) <= {"number", "integer", "null"}


@pytest.mark.parametrize(("system", "entry"), every_type())
def test_optional_properties_may_be_null_and_required_ones_may_not(system, entry):
    schema = entry["schema"]
    for name, fragment in schema["properties"].items():
        assert ("null" in fragment["type"]) == (name not in schema["required"])


@pytest.mark.parametrize(("system", "entry"), every_type())
def test_only_what_a_metric_cannot_do_without_is_required(system, entry):
    required = {
        "points_transferred": ["amount"],
        "points_redeemed": ["amount"],
        "report_submitted": ["reason"],
        "report_resolved": ["report_id"],
        "user_banned": ["ban_type"],
        "activation_round_completed": ["round"],
        "activation_mood_logged": ["mood"],
        "microact_category_selected": ["category"],
        "wave_feedback_submitted": ["rating"],
        "performance_metric": ["value"],
    }
    assert entry["schema"]["required"] == required.get(entry["name"], [])
    assert jsonschema_rs.validator_for(entry["schema"]).is_valid({}) == (not required.get(entry["name"]))


def test_the_collisions_are_the_known_ones():
    assert {name for _, _, name in collisions()} == {
        "post_created",
        "user_login",
        "post_view",
        "post_shared",
        "search_performed",
    }


@pytest.mark.parametrize(("one", "other", "name"), collisions())
def test_colliding_types_are_the_same_text_and_accept_each_others_example(one, other, name):
    assert types(one)[name] == types(other)[name]
    assert accepts(one, name, EXAMPLES[other, name])
    assert accepts(other, name, EXAMPLES[one, name])


@pytest.mark.parametrize(
    ("system", "name", "field", "expected"),
    [
        ("forum", "post_created", "object_id", "p1"),
        ("forum", "post_created", "community_id", 4),
        ("forum", "post_created", "value", -5),
        ("wellbeing", "post_created", "object_author", "u1"),
        ("wellbeing", "post_created", "community_id", "w3"),
        ("social", "post_created", "object_author", 9),
        ("social", "post_created", "community_id", "c"),
        ("social", "post_view", "value", 5300),
        ("forum", "post_view", "value", 0),
        ("wellbeing", "post_shared", "object_author", 5),
        ("network", "search_performed", "value", 12),
        ("social", "search_performed", "value", 0),
    ],
)
def test_pointers_find_the_fields_in_the_example_of_each_system(system, name, field, expected):
    assert resolve(types(system)[name]["pointers"][field], EXAMPLES[system, name]) == expected


GOOD = [
    ("wellbeing", "activation_mood_logged", {"mood": 1}),
    ("wellbeing", "activation_mood_logged", {"mood": 10, "phase": "end", "activation_id": 7}),
    ("wellbeing", "activation_round_completed", {"round": 8}),
    ("wellbeing", "activation_completed", {"start_mood": 1, "end_mood": 10, "mood_shift": 9}),
    ("wellbeing", "activation_completed", {"start_mood": None}),
    ("wellbeing", "microact_created", {"category": "self_care", "impact_scope": "world", "value_added_score": 10}),
    ("wellbeing", "microact_created", {"impact_scope": "group", "never_heard_of": {"a": [1]}}),
    ("wellbeing", "wave_feedback_submitted", {"rating": 5, "energy_before": 1, "energy_after": 10}),
    ("wellbeing", "user_followed", {"action": "unfollow", "followed_user_id": "u2"}),
    ("social", "post_like", {"action": "unlike", "postId": 3}),
    ("social", "post_like", {"postId": None}),
    ("social", "user_follow", {"action": "follow"}),
    ("social", "scroll_depth", {"depth": 100}),
    ("social", "performance_metric", {"metricName": "cls", "value": 0.08}),
    ("forum", "points_transferred", {"amount": 1}),
    ("forum", "user_banned", {"ban_type": "temporary", "duration_days": 7}),
    ("forum", "like_given", {"content_type": "comment", "comment_id": "c1"}),
    *[("forum", "report_submitted", {"reason": reason}) for reason in REPORT_REASONS],
    *[("network", "post", {"type": kind}) for kind in ("text", "image", "video", "link", "file")],
    ("network", "vote", {"direction": "down", "vote_value": -1}),
]
BAD = [
    ("wellbeing", "activation_mood_logged", {"mood": 11}),
    ("wellbeing", "activation_mood_logged", {"mood": 0}),
    ("wellbeing", "activation_mood_logged", {"mood": 5.5}),
    ("wellbeing", "activation_mood_logged", {"mood": None}),
    ("wellbeing", "activation_mood_logged", {"phase": "start"}),
    ("wellbeing", "activation_mood_logged", {"mood": 5, "phase": "middle"}),
    ("wellbeing", "activation_round_completed", {"round": 9}),
    ("wellbeing", "activation_round_completed", {"round": 0}),
    ("wellbeing", "activation_round_completed", {}),
    ("wellbeing", "activation_completed", {"mood_shift": 10}),
    ("wellbeing", "microact_created", {"category": "money"}),
    ("wellbeing", "microact_created", {"impact_scope": "galaxy"}),
    ("wellbeing", "microact_created", {"value_added_score": 11}),
    ("wellbeing", "microact_category_selected", {}),
    ("wellbeing", "wave_feedback_submitted", {"rating": 6}),
    ("wellbeing", "wave_joined", {"energy": 0}),
    ("social", "post_like", {"action": "love"}),
    ("social", "user_follow", {"action": "block"}),
    ("social", "post_created", {"type": "poem"}),
    ("social", "post_view", {"durationMs": -1}),
    ("social", "scroll_depth", {"depth": 101}),
    ("social", "performance_metric", {"value": "fast"}),
    ("social", "performance_metric", {"metricName": "lcp"}),
    ("forum", "post_created", {"post_id": {"nested": 1}}),
    ("forum", "post_created", {"post_id": 1.5}),
    ("forum", "points_transferred", {"to_user_id": "u2"}),
    ("forum", "points_transferred", {"amount": 0}),
    ("forum", "points_redeemed", {"amount": "10000"}),
    ("forum", "report_submitted", {"reason": "rude"}),
    ("forum", "report_submitted", {}),
    ("forum", "report_resolved", {"outcome": "dismissed"}),
    ("forum", "user_banned", {"ban_type": "forever"}),
    ("network", "vote", {"direction": "sideways"}),
    ("network", "vote", {"vote_value": 2}),
    ("network", "post", {"type": "poem"}),
]


@pytest.mark.parametrize(("system", "name", "properties"), GOOD)
def test_good_properties_are_accepted(system, name, properties):
    assert accepts(system, name, properties)


@pytest.mark.parametrize(("system", "name", "properties"), BAD)
def test_bad_properties_are_refused(system, name, properties):
    assert not accepts(system, name, properties)


@pytest.mark.parametrize(
    ("system", "counts"),
    [
        (
            "forum",
            {"signups": {"user_registered"}, "likes_given": {"like_given"}, "communities_joined": {"channel_joined"}},
        ),
        ("wellbeing", {"signups": {"user_signup"}, "follows_made": {"user_followed"}, "shares": {"post_shared"}}),
        (
            "social",
            {
                "shares": {"post_share", "news_article_share"},
                "community_posts": {"community_post"},
                "stories_viewed": {"story_view"},
            },
        ),
        (
            "network",
            {"posts_created": {"post"}, "votes_given": {"vote"}, "collections_created": {"collection_created"}},
        ),
    ],
)
def test_counts_name_the_matching_types(system, counts):
    for count, names in counts.items():
        assert {name for name, entry in types(system).items() if entry["counts_as"] == count} == names


def test_events_of_machines_make_nobody_active():
    inactive = {"system", "error", "performance"}
    assert {name for system in SYSTEMS for name, e in types(system).items() if e["category"] in inactive} == {
        "error_occurred",
        "performance_metric",
    }


def test_own_acts_and_likes_can_be_told_apart_by_the_author_pointer():
    for system, name in [
        ("forum", "like_given"),
        ("wellbeing", "post_liked"),
        ("social", "post_like"),
        ("network", "vote"),
    ]:
        assert types(system)[name]["pointers"]["object_author"]
