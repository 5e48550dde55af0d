"""What happens in the world: fraud forms as declarative data. Knows nothing of the rest."""
