"""What Firefox has to be told so that it shows one page, asks nothing, fetches nothing and ends with its page."""

from __future__ import annotations

import json
from pathlib import Path

FLAGS = ("--headless", "--no-remote", "--new-instance")
VARIABLES = {"MOZ_HEADLESS": "1", "MOZ_CRASHREPORTER_DISABLE": "1", "MOZ_DISABLE_AUTO_SAFE_MODE": "1"}
_PREFERENCES: dict[str, bool | int | str] = {
    # pages of its own at the first start
    "browser.aboutwelcome.enabled": False,
    "browser.preonboarding.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionPolicyBypassNotification": True,
    "termsofuse.bypassNotification": True,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    # what it fetches and sends
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "app.update.enabled": False,
    "browser.newtabpage.activity-stream.feeds.section.topstories": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.search.update": False,
    "datareporting.healthreport.uploadEnabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.systemAddon.update.enabled": False,
    "extensions.update.enabled": False,
    "media.gmp-manager.updateEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#",
    "toolkit.telemetry.enabled": False,
    "toolkit.telemetry.unified": False,
    # one page that may compute for hours, and close itself
    "browser.sessionstore.resume_from_crash": False,
    "browser.tabs.unloadOnLowMemory": False,
    "dom.allow_scripts_to_close_windows": True,
    "dom.ipc.processHangMonitor": False,
    "dom.max_script_run_time": 0,
    "dom.min_background_timeout_value": 0,
    "dom.timeout.enable_budget_timer_throttling": False,
    # GPUs, also those that it would not use by itself
    "dom.webgpu.enabled": True,
    "gfx.webgpu.ignore-blocklist": True,
    "webgl.force-enabled": True,
}


def write_preferences(profile: Path) -> None:
    """Writes what Firefox reads at its start."""
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in _PREFERENCES.items())
    (profile / "user.js").write_text("".join(lines), encoding="ascii")
