"""The default rules of profiles (metrics.md 5), which the definitions hold and the view unified_users falls back on."""

COMPLETION = {
    "first_name": 10,
    "last_name": 10,
    "email": 10,
    "headline": 15,
    "linkedin": 10,
    "experience": 20,
    "education": 15,
    "location": 10,
    "headline_longer_than": 10,
    "completed_from": 70,
}
USER_TYPE = {"trait": "user_type"}
UNKNOWN_TYPE = "unknown"
# Traits that each part of a profile is read from, as senders spell them.
TRAITS = {
    "first_name": ("first_name", "firstName", "given_name"),
    "last_name": ("last_name", "lastName", "family_name"),
    "email": ("email",),
    "headline": ("headline",),
    "linkedin": ("linkedin", "linkedin_url", "linkedinUrl", "linked_in"),
    "location": ("location", "city"),
    "experience": ("experience", "experiences"),
    "education": ("education", "educations"),
}
