"""Every definition there is can be changed: what the preview tells comes of it, and taken back it leaves nothing."""

import pytest
from django.core.exceptions import ValidationError

from analytics import change_previews, definition_changes, definitions
from analytics.definition_changes import Change
from analytics.definitions import DEFINITIONS
from analytics.models import OpenBucket
from tests.analytics.community import at
from tests.analytics.test_time_zones import contents


def another_value(definition):
    """One that differs from the default and may be set."""
    for name, default in definition.default.items():
        if isinstance(default, bool):
            candidates = [not default]
        elif isinstance(default, int | float):
            candidates = [default + 1, default - 1, default / 2]
        elif isinstance(default, list):
            candidates = [default[:-1], [*default, "zzz"]]
        else:
            candidates = [f"{default} zzz"]
        for candidate in candidates:
            value = definition.default | {name: candidate}
            try:
                if definitions.clean(definition, value) != definition.default:
                    return value
            except ValidationError:
                continue
    raise AssertionError(f"{definition.key} cannot be changed by one field")


@pytest.fixture
def lively(community, now_is):
    now_is(at(4, "12:00"))
    for day in range(4):
        for number, (name, who) in enumerate(
            (
                ("user_registered", f"new-{day}"),
                ("post_created", "ada"),
                ("comment_created", "bob"),
                ("user_follow", "bob"),
                ("activation_started", "ada"),
                ("activation_completed", "ada"),
                ("microact_created", "bob"),
                ("post_created", "test"),
            )
        ):
            properties = {"post_id": "1", "author_id": "ada", "followed_user_id": "ada", "activation_id": f"a{day}"}
            community.happens(name, who, at(day, f"{9 + number:02}:00"), properties=properties)
    community.fill()
    return community


@pytest.mark.parametrize("key", [one.key for one in DEFINITIONS])
def test_a_definition_is_previewed_changed_and_taken_back(lively, key):
    workspace, before = lively.workspace, contents(lively)
    change = Change(key, another_value(DEFINITIONS[key]), at(2).date())

    found = change_previews.preview(workspace, lambda: definition_changes.apply(workspace, change), seconds=300)
    assert contents(lively) == before
    assert not OpenBucket.objects.exists()

    assert definition_changes.apply(workspace, change).opened == found.total
    lively.fill()
    for row in found.rows:
        told = {day: lively.metric(row.metric.key, (day - at(0).date()).days).value for day, _, _ in row.days}
        assert told == pytest.approx({day: after for day, _, after in row.days}), row.metric.key

    definition_changes.apply(workspace, Change(key, None, at(2).date()))
    lively.fill()
    assert contents(lively) == before
