"""Rows of config that tests start from."""

import factory
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from factory.django import DjangoModelFactory

from config.models import Member, Role, Run, User, Workspace


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


class MemberFactory(DjangoModelFactory):
    class Meta:
        model = Member

    user = factory.SubFactory(UserFactory)
    workspace = factory.SubFactory(WorkspaceFactory)
    role = Role.VIEWER


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
