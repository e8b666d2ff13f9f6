"""A program that opens one page in a browser which only Playwright can start, and stays until the page is gone.

It runs in a process of its own, so that such a browser is a command line as others are; it imports nothing of totfjs.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def command(kind: str, program: str, profile: Path, address: str) -> list[str]:
    """The command that opens `address` in Playwright's `chromium`, `firefox` or `webkit`."""
    return [sys.executable, __file__, kind, program, str(profile / "data"), address]


def main(kind: str, program: str, profile: str, address: str, *flags: str) -> None:
    """Opens the page and waits for its end."""
    from playwright.sync_api import sync_playwright

    root = sys.platform != "win32" and os.geteuid() == 0
    with sync_playwright() as playwright:
        context = getattr(playwright, kind).launch_persistent_context(
            profile, executable_path=program, headless=True, args=list(flags), chromium_sandbox=not root
        )
        page = context.pages[0] if context.pages else context.new_page()
        page.on("crash", lambda _: context.close())
        page.goto(address, wait_until="commit", timeout=0)
        page.wait_for_event("close", timeout=0)


if __name__ == "__main__":
    main(*sys.argv[1:])
