"""The version of the `tensorflowjs` package whose names are kept here."""

version = "4.22.0"
