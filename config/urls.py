from django.contrib import admin
from django.urls import include, path

from config import health

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("ingestion.api.urls")),
    path("", include("analytics.api.urls")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
]
