"""What Orbax writes beside the arrays: whether the checkpoint was finished, when, and how arrays lay on devices."""

from __future__ import annotations

import json
from base64 import b64decode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from totfjs.errors import CheckpointError

_BEING_WRITTEN = ".orbax-checkpoint-tmp"


def is_finished(directory: Path) -> bool:
    """Whether a checkpoint was written to its end.

    Orbax writes into a directory of another name and renames it, or notes the time when it is done. Older versions
    leave no note, so that a missing one says nothing.
    """
    if any(_BEING_WRITTEN in name for name in directory.resolve().parts[-2:]):
        return False
    record = _json(directory / "_CHECKPOINT_METADATA")
    begun = record.get("init_timestamp_nsecs") is not None
    done = record.get("commit_timestamp_nsecs") is not None or (directory / "commit_success.txt").is_file()
    return done or not begun


def check_finished(directory: Path) -> None:
    """Raise CheckpointError when a checkpoint was not written to its end."""
    if not is_finished(directory):
        raise CheckpointError(
            f"{directory} was never finished: writing it was interrupted.",
            remedy="Give an earlier step, or let the training write it again.",
        )


def written_at(directory: Path) -> str:
    """When a checkpoint was finished; empty when it does not say."""
    moment = _json(directory / "_CHECKPOINT_METADATA").get("commit_timestamp_nsecs")
    if not isinstance(moment, int):
        return ""
    return datetime.fromtimestamp(moment // 10**9, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def shardings(item: Path) -> dict[str, str]:
    """How each array lay on devices when it was saved, by its name with dots: `data,model on 4x2 devices`, `cpu:0`."""
    found = {_name(key): _sharding(text) for key, text in _json(item / "_sharding").items()}
    return {name: text for name, text in found.items() if text}


def _sharding(text: Any) -> str:
    record = _parsed(text)
    device, mesh, spec = record.get("device_str"), record.get("shape"), record.get("partition_spec")
    if isinstance(device, str):
        return device
    if not isinstance(mesh, list) or not isinstance(spec, list):
        return ""
    axes = ",".join("+".join(map(str, axis)) if isinstance(axis, list) else str(axis or "·") for axis in spec)
    devices = "x".join(map(str, mesh))
    return f"{axes or 'whole'} on {devices} device{'' if devices == '1' else 's'}"


def _name(key: str) -> str:
    try:
        return b64decode(key, validate=True).decode()
    except ValueError:
        return key


def _json(path: Path) -> dict[str, Any]:
    """The object in a file; records only inform, so that a missing or damaged one is an empty one."""
    try:
        return _parsed(path.read_bytes())
    except OSError:
        return {}


def _parsed(text: Any) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
