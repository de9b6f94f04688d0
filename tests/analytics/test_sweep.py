"""What the sweep takes out is counted no longer: not in rollups, and not live."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from analytics import realtime
from analytics.models import TouchedHour
from tests.analytics.community import Community, at

FILLS = ("platform_daily",)

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_touched_hours_and_days_are_filled_again_of_this_workspace_only():
    swept, other = Community("swept"), Community("other")
    for community in (swept, other):
        for received in (at(0), at(0) + timedelta(hours=13)):
            community.store([{"event_name": "post_created", "event_id": "a", "user_id": "ada"}], received)
        community.fill()
    realtime.rebuild(swept.workspace)
    realtime.rebuild(other.workspace)
    assert swept.day(0).posts_created + swept.day(1).posts_created == 2

    call_command("sweep_duplicates", workspace="swept", verbosity=0, json=True)
    hours = TouchedHour.objects.values_list("workspace__slug", "hour")
    assert list(hours) == [("swept", at(1, "01:00"))]
    assert (realtime.is_stale(swept.workspace), realtime.is_stale(other.workspace)) == (True, False)

    swept.fill()
    other.fill()
    assert [(day.date, day.posts_created) for day in swept.workspace_days() if day.posts_created] == [(at(0).date(), 1)]
    assert other.day(1).posts_created == 1
