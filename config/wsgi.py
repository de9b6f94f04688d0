"""WSGI entry point: `granian --interface wsgi config.wsgi:application`."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# The web server counts many small batches together; a command or a job counts each before it goes on.
os.environ.setdefault("LIVE_COUNTERS_MILLISECONDS", "100")
application = get_wsgi_application()

# A batch makes thousands of objects that live until its answer. The collector's defaults walk over them, and over all
# of Django, several times a request, which took a seventh of the time (docs/decisions/0011-what-a-batch-costs.md).
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 50, 100)
