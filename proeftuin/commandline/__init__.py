"""The commands of proeftuin: what a user types, and what it prints."""
