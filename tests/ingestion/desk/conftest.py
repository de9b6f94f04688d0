"""The quarantine's pages as somebody works at them: a member, a sender whose events are refused, and their group."""

import re

import pytest

from config.models import Role
from ingestion.admin.quarantine_groups import group_url
from ingestion.quarantine import Selection
from tests.factories.config import MemberFactory, WorkspaceFactory
from tests.factories.ingestion import EventTypeFactory, EventTypeVersionFactory, SourceFactory
from tests.ingestion.conftest import NOW, Sender, event
from tests.pages import log_in

SCHEMA = {"type": "object", "required": ["post_id"]}


@pytest.fixture
def member(db):
    WorkspaceFactory()
    return MemberFactory(role=Role.ADMIN)


@pytest.fixture
def client(member):
    return log_in(member.user)


@pytest.fixture
def sender(member):
    return Sender(SourceFactory(workspace=member.workspace, name="Site"))


@pytest.fixture
def strict(sender):
    kind = EventTypeFactory(workspace=sender.workspace, name="post_created")
    EventTypeVersionFactory(event_type=kind, schema=SCHEMA)
    return kind


@pytest.fixture
def group(sender, strict):
    """Three events that the schema refuses, and where they are looked at."""
    sender.send(*(event(messageId=f"m{number}", timestamp=NOW.isoformat()) for number in range(3)))
    return group_url(sender.workspace, Selection(reason="schema", event_name="post_created"))


def colleague(member, role):
    return log_in(MemberFactory(workspace=member.workspace, role=role).user)


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))
