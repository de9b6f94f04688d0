"""The API's own documentation, with all that it needs on this server: the same in every installation, so anyone's."""

from django.conf import settings
from django.http import FileResponse, HttpRequest
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularSwaggerView

SCHEMA = settings.BASE_DIR / "docs" / "reference" / "openapi.yaml"


@require_safe
@cache_control(public=True, max_age=300)
def schema(request: HttpRequest) -> FileResponse:  # noqa: ARG001 a view's form
    """The schema as it is kept beside the code; a test fails when it says something else than the code."""
    return FileResponse(SCHEMA.open("rb"), content_type="application/yaml")


class DocsView(SpectacularSwaggerView):
    """Every operation, to read and to try."""

    # Not one of the operations.
    schema = None
    url_name = "schema"
    permission_classes = ()
    authentication_classes = ()
