"""Privacy audit: what an attacker learns in practice, beside what theory allows."""
