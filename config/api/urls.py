from django.urls import re_path

from config.api import docs
from config.api.tokens import TokenRefreshView, TokenView

# With and without the slash: a redirect would turn the POST into a GET.
urlpatterns = [
    re_path(r"^api/token/?$", TokenView.as_view(), name="token"),
    re_path(r"^api/token/refresh/?$", TokenRefreshView.as_view(), name="token-refresh"),
    re_path(r"^api/schema/?$", docs.schema, name="schema"),
    re_path(r"^api/docs/?$", docs.DocsView.as_view(), name="api-docs"),
]
