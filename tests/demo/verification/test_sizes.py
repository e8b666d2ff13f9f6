from __future__ import annotations

import gzip
import json
from pathlib import Path

import brotli

from jax_to_tfjs_demo.verification import files_of, sizes_of


def test_each_file_is_counted_as_it_is_and_compressed(tmp_path: Path) -> None:
    document = json.dumps({"weightsManifest": [{"paths": ["a.bin", "b.bin"], "weights": []}]}).encode()
    contents = {"model.json": document, "a.bin": bytes(10_000), "b.bin": bytes(range(256))}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "notes.txt").write_text("not part of it", "utf-8")
    assert [path.name for path in files_of(tmp_path)] == list(contents)
    found = sizes_of(tmp_path)
    assert found.raw == len(document) + 10_256
    assert found.gzip == sum(len(gzip.compress(content, 9)) for content in contents.values())
    assert found.brotli == sum(len(brotli.compress(content, quality=9)) for content in contents.values())
