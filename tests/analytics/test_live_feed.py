"""The reader of live numbers in a process of the web server, which lives for weeks."""

import time

from django.utils import timezone

from analytics import live_feed, realtime
from analytics.live_feed import Watch
from config.models import Workspace


def test_a_change_of_the_time_zone_reaches_whoever_is_watching(community):
    community.happens("post_created", "ada", timezone.now())
    watch = Watch(community.workspace)
    assert live_feed._read(watch).dau == 1

    Workspace.objects.filter(pk=community.workspace.pk).update(time_zone="Pacific/Auckland")
    assert (live_feed._read(watch).dau, watch.workspace.time_zone) == (1, "UTC")
    watch.known_at = time.monotonic() - realtime.KNOWN_SECONDS - 1
    live_feed._read(watch)
    assert watch.workspace.time_zone == "Pacific/Auckland"
