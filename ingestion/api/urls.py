from django.urls import re_path

from ingestion.api.events import EventsView

# With and without the slash: a redirect would turn the POST into a GET and lose the events.
urlpatterns = [re_path(r"^api/events/?$", EventsView.as_view(), name="events")]
