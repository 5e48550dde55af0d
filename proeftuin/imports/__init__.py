"""Real or third-party data in place of the synthetic world, through a small mapping file."""
