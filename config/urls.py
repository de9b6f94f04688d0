from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from config import health

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("", include("config.api.urls")),
    path("", include("ingestion.api.urls")),
    path("", include("analytics.api.urls")),
    path("", include("economy.api.urls")),
    path("", include("moderation.api.urls")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
]

handler400 = "config.api.errors.bad_request"
handler404 = "config.api.errors.not_found"
handler500 = "config.api.errors.server_error"
