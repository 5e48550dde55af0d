"""Joint learning; the only package that knows Flower."""
