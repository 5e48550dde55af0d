"""Forms of sharing: what crosses from whom to whom, and what it tells the receiver."""
