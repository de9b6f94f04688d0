"""What people have agreed to, and who read what."""

from privacy.models.access import AccessRecord
from privacy.models.consent import Consent, ConsentRecord, RefusedEvents

__all__ = ["AccessRecord", "Consent", "ConsentRecord", "RefusedEvents"]
