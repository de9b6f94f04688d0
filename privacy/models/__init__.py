"""What people have agreed to."""

from privacy.models.consent import Consent, ConsentRecord, RefusedEvents

__all__ = ["Consent", "ConsentRecord", "RefusedEvents"]
