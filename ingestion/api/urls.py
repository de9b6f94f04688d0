from django.urls import re_path

from ingestion.api import segment
from ingestion.api.events import EventsView

# With and without the slash: a redirect would turn the POST into a GET and lose the events.
urlpatterns = [
    re_path(r"^api/events/?$", EventsView.as_view(), name="events"),
    re_path(r"^v1/(?:batch|b)/?$", segment.batch, name="segment_batch"),
    re_path(rf"^v1/(?P<path>{'|'.join(segment.KIND_OF_PATH)})/?$", segment.single, name="segment_single"),
    re_path(r"^v1/projects/(?P<key>[^/]+)/settings/?$", segment.settings, name="segment_settings"),
    re_path(r"^v1/", segment.nothing, name="segment_nothing"),
    re_path(r"^sourceConfig/?$", segment.source_config, name="source_config"),
]
