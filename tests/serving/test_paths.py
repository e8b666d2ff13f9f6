from __future__ import annotations

import pytest

from totfjs.serving.paths import names_of


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/", ("",)),
        ("/model/", ("model", "")),
        ("/model/model.json", ("model", "model.json")),
        ("/model/a%20b/%EC%88%98.bin", ("model", "a b", "수.bin")),
        ("/model/group1-shard1of1", ("model", "group1-shard1of1")),
        ("/model/console.txt", ("model", "console.txt")),
        ("/model/%252e%252e/x", ("model", "%2e%2e", "x")),
    ],
)
def test_plain_paths_are_names(path: str, names: tuple[str, ...]) -> None:
    assert names_of(path) == names


@pytest.mark.parametrize(
    "path",
    [
        "", "model", "*", "//model/x", "/model//x", "/model//", "/..", "/model/../x", "/model/%2e%2e/x",
        "//", "/model/.%2e/x", "/model/./x", "/model/..%2fx", "/model/%2e%2e%2fx", "/model/%2fetc/passwd",
        "/model/..\\x", "/model/%5c..%5cx",
        "/model/.env", "/model/.git/config", "/model/%2eenv", "/model/x%00.bin", "/model/x\x00", "/model/%0a",
        "/model/C:", "/model/C:/x", "/model/C%3a%5cx", "/model/x:stream", "/model/x::$DATA", "/model/x.", "/model/x%20",
        "/model/x. .", "/model/con", "/model/NUL", "/model/nul.bin", "/model/Com1.txt", "/model/lpt9", "/model/aux .x",
        "/model/%ff", "/model/%c0%ae%c0%ae/x", "/model/%", "http://127.0.0.1/model/x"[7:], "/model/<x>", "/model/x|y",
        "/" + "a" * 5000,
    ],
)  # fmt: skip
def test_whatever_a_system_might_take_for_something_else_is_no_path(path: str) -> None:
    found = names_of(path)
    assert found is None or (path, found) == ("/model/%", ("model", "%"))
