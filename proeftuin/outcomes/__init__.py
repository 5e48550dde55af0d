"""What arms achieved; the only package that sees the truth."""
