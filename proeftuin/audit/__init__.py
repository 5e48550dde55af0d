"""The audit: what an attacker learns in fact, beside what theory allows."""
