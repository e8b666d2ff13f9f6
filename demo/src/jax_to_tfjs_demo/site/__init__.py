"""The page that a digit is drawn in, as static files."""
