"""Rows of analytics that tests start from."""

import uuid
from datetime import UTC, datetime, time

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from analytics.models import Feature, Funnel, OpenBucket, Person, PlatformDaily, Recount, RollupState, UserCohort
from tests.factories.config import WorkspaceFactory


class RollupStateFactory(DjangoModelFactory):
    class Meta:
        model = RollupState

    workspace = factory.SubFactory(WorkspaceFactory)
    rollup = "platform_daily"
    filled_to = factory.LazyFunction(timezone.now)
    filled_at = factory.LazyFunction(timezone.now)


class OpenBucketFactory(DjangoModelFactory):
    class Meta:
        model = OpenBucket

    workspace = factory.SubFactory(WorkspaceFactory)
    rollup = "platform_daily"
    bucket = factory.LazyFunction(timezone.now)


class FeatureFactory(DjangoModelFactory):
    class Meta:
        model = Feature

    workspace = factory.SubFactory(WorkspaceFactory)
    key = factory.Sequence(lambda number: f"feature-{number}")
    title = "<b>Feature</b>"
    events = ["post_created", "<i>comment_created</i>"]
    bit = factory.Sequence(lambda number: number % 62)


class FunnelFactory(DjangoModelFactory):
    class Meta:
        model = Funnel

    workspace = factory.SubFactory(WorkspaceFactory)
    key = factory.Sequence(lambda number: f"funnel-{number}")
    title = "<b>Funnel</b>"
    steps = ["post_created", "<i>comment_created</i>"]


class PlatformDailyFactory(DjangoModelFactory):
    """A day on which nothing was counted but what is given."""

    class Meta:
        model = PlatformDaily

    workspace = factory.SubFactory(WorkspaceFactory)
    date = factory.LazyFunction(lambda: timezone.now().date())
    calculated_at = factory.LazyFunction(timezone.now)


class PersonFactory(DjangoModelFactory):
    """Somebody who was first seen when they signed up, at midnight UTC of the day."""

    class Meta:
        model = Person

    person_id = factory.LazyFunction(uuid.uuid4)
    workspace = factory.SubFactory(WorkspaceFactory)
    signed_up_on = factory.LazyFunction(lambda: timezone.now().date())
    signed_up_at = factory.LazyAttribute(lambda person: datetime.combine(person.signed_up_on, time(), UTC))
    first_seen_at = factory.SelfAttribute("signed_up_at")


class UserCohortFactory(DjangoModelFactory):
    """A day on which one person signed up who was never active."""

    class Meta:
        model = UserCohort

    workspace = factory.SubFactory(WorkspaceFactory)
    signed_up_on = factory.LazyFunction(lambda: timezone.now().date())
    bots = False
    people = 1
    active_people = 0
    still_active = [0] * 91
    calculated_at = factory.LazyFunction(timezone.now)


class RecountFactory(DjangoModelFactory):
    """A night on which 200 numbers of today were as the events say."""

    class Meta:
        model = Recount

    workspace = factory.SubFactory(WorkspaceFactory)
    first = last = factory.LazyFunction(lambda: timezone.now().date())
    checked = 200
    drifted = 0
