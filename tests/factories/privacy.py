import uuid

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from privacy.models import AccessRecord, ConsentRecord, RefusedEvents
from privacy.purposes import Purpose
from tests.factories.config import WorkspaceFactory


class AccessRecordFactory(DjangoModelFactory):
    class Meta:
        model = AccessRecord

    at = factory.LazyFunction(timezone.now)
    workspace = factory.SubFactory(WorkspaceFactory)
    who = "<b>ada@example.com</b>"
    method = "GET"
    path = "/api/metrics/platform-summary"
    filters = factory.LazyFunction(dict)
    status = 200
    rows = 1


class ConsentRecordFactory(DjangoModelFactory):
    class Meta:
        model = ConsentRecord

    workspace = factory.SubFactory(WorkspaceFactory)
    actor_id = factory.LazyFunction(uuid.uuid4)
    purpose = Purpose.ANALYTICS
    granted = True
    decided_at = factory.LazyFunction(timezone.now)
    source = "<b>signup</b>"
    evidence = ConsentRecord.Evidence.EVENT


class RefusedEventsFactory(DjangoModelFactory):
    class Meta:
        model = RefusedEvents

    workspace = factory.SubFactory(WorkspaceFactory)
    day = factory.LazyFunction(lambda: timezone.now().date())
    purpose = Purpose.ANALYTICS
    events = 1
