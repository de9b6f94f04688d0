"""What to do about a quarantined event, by its reason."""

from ingestion.models import QuarantinedEvent

Reason = QuarantinedEvent.Reason

REMEDIES: dict[Reason, str] = {
    Reason.NOT_AN_OBJECT: "Send each event as one JSON object.",
    Reason.INVALID_JSON: "Encode the event with a JSON library; the error says where reading stopped.",
    Reason.INVALID_TEXT: "Take NUL and half surrogate pairs out of the text; they often come from text cut by bytes.",
    Reason.NUMBER_OUT_OF_RANGE: "Send numbers of more than 308 digits as text.",
    Reason.TOO_DEEP: "Flatten the properties: what is counted stands on their first levels anyhow.",
    Reason.TOO_LARGE: "Send a reference instead of the content, such as the id of a picture.",
    Reason.UNKNOWN_ENVELOPE: "Name the event by event_name, eventName, eventType or type.",
    Reason.INVALID_ENVELOPE: "Mend the field the error names: ids are text or whole numbers, properties an object.",
    Reason.MISSING_NAME: "Give the naming field a text that is not blank.",
    Reason.UNKNOWN_TYPE: "Declare the event type, or let the source accept unknown ones, and replay.",
    Reason.SCHEMA: "Give the event type a schema that allows it and replay, or mend the sender as the errors say.",
    Reason.INVALID_TIME: "Send ISO 8601 or seconds or milliseconds since 1970, from 2000 on.",
    Reason.TOO_OLD: "Send it with a server key, or let the source store old events and replay.",
    Reason.UNSTORABLE: "The error and the log say what failed; replay when its cause is mended.",
    Reason.SOURCE_DISABLED: "Enable the source and replay: its senders were answered 200, so they send nothing again.",
}
