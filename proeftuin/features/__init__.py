"""Features that a party can compute about an event, as of the event's own moment."""
