"""What beat sends reaches the workers."""

import json

import pytest
from celery import current_app

from config.lib.schedules import SCHEDULES


@pytest.fixture
def queue():
    """The broker's queue, empty before and after."""
    current_app.loader.import_default_modules()
    with current_app.connection_for_write() as connection:
        connection.default_channel.queue_purge("celery")
        yield connection.SimpleQueue("celery")
        connection.default_channel.queue_purge("celery")


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule.key)
def test_beat_can_send_every_schedule(queue, schedule):
    current_app.tasks[schedule.task].apply_async(kwargs=schedule.arguments)
    message = queue.get(timeout=5)
    assert message.headers["task"] == schedule.task
    assert json.loads(message.body)[1] == schedule.arguments
    message.ack()
