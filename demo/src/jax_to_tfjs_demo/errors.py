"""What a user of the demo can meet: what is wrong, and what to type next."""

from __future__ import annotations


class DemoError(Exception):
    """Something that the user can mend: `message` says what is wrong, `remedy` what to do."""

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n  fix: {self.remedy}"


class UsageError(DemoError):
    """The words of a command line do not make sense: exit status 2."""
