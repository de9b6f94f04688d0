"""Rows of moderation that tests start from."""

import uuid
from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from config.lib.sealing import seal
from moderation.models import (
    Action,
    Appeal,
    Breach,
    Case,
    Delivery,
    DeskSettings,
    Exposure,
    LogEntry,
    Pattern,
    PatternHit,
    Policy,
    Report,
    ServiceLevel,
    Strike,
    Webhook,
)
from moderation.webhooks import PURPOSE
from tests.factories.config import UserFactory, WorkspaceFactory


class CaseFactory(DjangoModelFactory):
    """An open case about a post."""

    class Meta:
        model = Case

    workspace = factory.SubFactory(WorkspaceFactory)
    target = "content"
    content_type = "post"
    target_id = factory.Sequence("p{}".format)
    priority = 1
    risk = 0.1
    reports = 1
    opened_at = factory.LazyFunction(timezone.now)


class ReportFactory(DjangoModelFactory):
    class Meta:
        model = Report

    case = factory.SubFactory(CaseFactory)
    workspace = factory.SelfAttribute("case.workspace")
    key = factory.Sequence("r{}".format)
    reason = "spam"
    priority = 1
    risk = 0.1
    risk_parts = factory.LazyFunction(lambda: {"content": 0.25, "user": 0, "context": 0, "history": 0})
    submitted_at = factory.SelfAttribute("case.opened_at")


class ActionFactory(DjangoModelFactory):
    class Meta:
        model = Action

    case = factory.SubFactory(CaseFactory)
    workspace = factory.SelfAttribute("case.workspace")
    kind = "remove"
    outcome = "resolved"
    decided_at = factory.LazyFunction(timezone.now)


class LogEntryFactory(DjangoModelFactory):
    class Meta:
        model = LogEntry

    case = factory.SubFactory(CaseFactory)
    workspace = factory.SelfAttribute("case.workspace")
    step = "reported"
    said = "Reported as spam, risk 0.10"


class PolicyFactory(DjangoModelFactory):
    class Meta:
        model = Policy

    workspace = factory.SubFactory(WorkspaceFactory)
    reason = "spam"
    severity = 1


class DeskSettingsFactory(DjangoModelFactory):
    class Meta:
        model = DeskSettings

    workspace = factory.SubFactory(WorkspaceFactory)


class StrikeFactory(DjangoModelFactory):
    class Meta:
        model = Strike

    action = factory.SubFactory(ActionFactory)
    workspace = factory.SelfAttribute("action.workspace")
    person_id = factory.LazyFunction(uuid.uuid4)
    reason = "spam"
    given_at = factory.LazyFunction(timezone.now)
    expires_at = factory.LazyAttribute(lambda row: row.given_at + timedelta(days=90))


class AppealFactory(DjangoModelFactory):
    class Meta:
        model = Appeal

    action = factory.SubFactory(ActionFactory)
    workspace = factory.SelfAttribute("action.workspace")
    key = factory.Sequence("a{}".format)
    person_id = factory.LazyFunction(uuid.uuid4)


class WebhookFactory(DjangoModelFactory):
    """One that has a secret."""

    class Meta:
        model = Webhook

    workspace = factory.SubFactory(WorkspaceFactory)
    url = factory.Sequence("https://app.example/{}".format)
    sealed_secret = factory.LazyFunction(lambda: seal("whsec_" + "c2VjcmV0" * 4, PURPOSE))


class DeliveryFactory(DjangoModelFactory):
    class Meta:
        model = Delivery

    webhook = factory.SubFactory(WebhookFactory)
    kind = "moderation.decided"
    target = factory.Sequence("content:post:p{}".format)
    body = "{}"
    give_up_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=3))


class PatternFactory(DjangoModelFactory):
    """One that is off."""

    class Meta:
        model = Pattern

    workspace = factory.SubFactory(WorkspaceFactory)
    key = factory.Sequence("pattern-{}".format)
    title = factory.Sequence("Pattern {}".format)
    steps = ["likes_given"]
    count = 20
    reason = "spam"


class PatternHitFactory(DjangoModelFactory):
    class Meta:
        model = PatternHit

    pattern = factory.SubFactory(PatternFactory)
    subject = factory.Sequence("somebody {}".format)
    started_at = factory.LazyFunction(timezone.now)
    at = factory.SelfAttribute("started_at")
    last_at = factory.SelfAttribute("at")
    events = 20
    people = 1
    evidence = ["report:r1"]


class ExposureFactory(DjangoModelFactory):
    class Meta:
        model = Exposure

    case = factory.SubFactory(CaseFactory)
    workspace = factory.SelfAttribute("case.workspace")
    user = factory.SubFactory(UserFactory)
    started_at = factory.LazyFunction(timezone.now)
    seen_at = factory.SelfAttribute("started_at")


class ServiceLevelFactory(DjangoModelFactory):
    class Meta:
        model = ServiceLevel

    workspace = factory.SubFactory(WorkspaceFactory)
    priority = 1
    within_minutes = 60


class BreachFactory(DjangoModelFactory):
    class Meta:
        model = Breach

    case = factory.SubFactory(CaseFactory)
    workspace = factory.SelfAttribute("case.workspace")
    priority = 1
    due_at = factory.LazyFunction(timezone.now)
