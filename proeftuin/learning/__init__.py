"""How an arm's detectors are trained: alone, together, on pooled rows, or vertically."""
