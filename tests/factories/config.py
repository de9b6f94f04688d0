"""Rows of config that tests start from."""

from datetime import timedelta

import factory
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from factory.django import DjangoModelFactory

from config import tokens
from config.models import ApiToken, Member, Role, Run, Scope, User, Workspace


class UserFactory(DjangoModelFactory):
    """Somebody who may enter the admin. Without `password` they can only be logged in by force, which is fast."""

    class Meta:
        model = User

    email = factory.Sequence("person{}@example.com".format)
    name = factory.Sequence("Person {}".format)

    class Params:
        superuser = factory.Trait(is_superuser=True, email=factory.Sequence("root{}@example.com".format))

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return model_class.objects.create_user(*args, **kwargs)


class WorkspaceFactory(DjangoModelFactory):
    class Meta:
        model = Workspace

    slug = factory.Sequence("workspace-{}".format)
    name = factory.LazyAttribute(lambda workspace: workspace.slug.replace("-", " ").title())


def where_it_is_noon():
    """A time zone, for what would be other in the first hours of a day, in which the day before settles."""
    return f"Etc/GMT{timezone.now().hour - 12:+d}"


class MemberFactory(DjangoModelFactory):
    class Meta:
        model = Member

    user = factory.SubFactory(UserFactory)
    workspace = factory.SubFactory(WorkspaceFactory)
    role = Role.VIEWER


class ApiTokenFactory(DjangoModelFactory):
    """Lasts for another day. Pass `token` to know its secret."""

    class Meta:
        model = ApiToken

    class Params:
        token = factory.Sequence("agora_pat_{}".format)

    user = factory.SubFactory(UserFactory)
    name = "Monthly report"
    prefix = factory.LazyAttribute(lambda row: row.token[: tokens.SHOWN_CHARACTERS])
    digest = factory.LazyAttribute(lambda row: tokens._digest_of(row.token))
    scopes = factory.LazyFunction(lambda: [Scope.READ_METRICS])
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=1))


class RunFactory(DjangoModelFactory):
    """A run that succeeded."""

    class Meta:
        model = Run

    name = "analytics.fill"
    workspace = factory.SubFactory(WorkspaceFactory)
    status = Run.Status.SUCCEEDED
    finished_at = factory.LazyFunction(timezone.now)


class IntervalScheduleFactory(DjangoModelFactory):
    class Meta:
        model = IntervalSchedule

    every = 30
    period = IntervalSchedule.SECONDS


class PeriodicTaskFactory(DjangoModelFactory):
    """Fills the rollups of the workspace `forum` every 30 seconds."""

    class Meta:
        model = PeriodicTask

    name = "fill"
    task = "analytics.fill"
    interval = factory.SubFactory(IntervalScheduleFactory)
    kwargs = '{"workspace": "forum"}'
