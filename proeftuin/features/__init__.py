"""What a party can compute about an event at its own moment."""
