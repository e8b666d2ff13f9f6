"""What every answer says, and to whom."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import json
import os
import shutil
import socket
from pathlib import Path

import pytest

import totfjs
from tests.runtime import graphs
from tests.serving.asking import ask, connected, parsed, raw, read_all
from tests.serving.conftest import write_model
from totfjs.errors import ModelFileError, ServeError, UsageError
from totfjs.serving import Server, serve

WEIGHTS = graphs.dense_weights()


def test_the_files_of_the_model_come_as_they_are(server: Server, model: Path, problems: list[str]) -> None:
    answer = ask(server, "/model/weights.bin")
    assert (answer.status, answer.body) == (200, WEIGHTS)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-length"] == str(len(WEIGHTS))
    document = ask(server, "/model/model.json")
    assert document.headers["content-type"] == "application/json"
    assert document.body == (model / "model.json").read_bytes()
    assert problems == []


@pytest.mark.parametrize("path", ["/", "/model/model.json", "/_totfjs/info", "/nothing", "/_totfjs/page.js"])
def test_every_answer_keeps_other_sites_out(server: Server, path: str) -> None:
    headers = ask(server, path, Origin="https://example.com").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-embedder-policy"] == "require-corp"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["server"] == "totfjs"
    assert not [name for name in headers if name.startswith("access-control")]
    assert "content-security-policy" in headers
    assert "cache-control" in headers


def test_the_page_may_run_only_what_is_its_own(server: Server) -> None:
    page = ask(server, "/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"].split("; ")
    assert policy[:2] == ["default-src 'self'", "script-src 'self' 'wasm-unsafe-eval'"]
    assert not [rule for rule in policy if "'unsafe-inline'" in rule or "'unsafe-eval'" in rule or "http" in rule]


def test_a_page_in_the_directory_of_a_model_is_data(server: Server, model: Path) -> None:
    (model / "evil.html").write_text("<script src=evil.js></script>")
    answer = ask(server, "/model/evil.html")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; sandbox")


def test_head_is_get_without_the_body(server: Server) -> None:
    for path in ("/model/weights.bin", "/_totfjs/info", "/nothing"):
        whole, head = ask(server, path), ask(server, path, "HEAD")
        assert head.body == b""
        assert {**head.headers, "date": ""} == {**whole.headers, "date": ""}
        assert (head.status, head.headers["content-length"]) == (whole.status, str(len(whole.body)))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "get"])
def test_nothing_can_be_written(server: Server, method: str) -> None:
    answer = ask(server, "/model/model.json", method)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


# --- parts ------------------------------------------------------------------------------------------------------------


def test_a_range_is_a_part(server: Server) -> None:
    answer = ask(server, "/model/weights.bin", Range="bytes=4-7")
    assert (answer.status, answer.body) == (206, WEIGHTS[4:8])
    assert answer.headers["content-range"] == f"bytes 4-7/{len(WEIGHTS)}"
    assert answer.headers["content-length"] == "4"
    assert ask(server, "/model/weights.bin", Range="bytes=-5").body == WEIGHTS[-5:]


def test_several_ranges_are_the_whole(server: Server) -> None:
    answer = ask(server, "/model/weights.bin", Range="bytes=0-1,4-5")
    assert (answer.status, answer.body, "content-range" in answer.headers) == (200, WEIGHTS, False)


def test_a_range_that_is_not_there_is_told(server: Server) -> None:
    answer = ask(server, "/model/weights.bin", Range="bytes=99999-")
    assert (answer.status, answer.headers["content-range"]) == (416, f"bytes */{len(WEIGHTS)}")
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def test_a_part_of_another_file_is_not_given(server: Server) -> None:
    headers = ask(server, "/model/weights.bin").headers
    for same in (headers["etag"], headers["last-modified"]):
        assert ask(server, "/model/weights.bin", Range="bytes=0-0", If_Range=same).status == 206
    for other in ('"x"', f"W/{headers['etag']}", "Sat, 01 Jan 2000 00:00:00 GMT"):
        assert ask(server, "/model/weights.bin", Range="bytes=0-0", If_Range=other).status == 200


# --- caching ----------------------------------------------------------------------------------------------------------


def test_what_the_client_has_is_not_sent_again(server: Server) -> None:
    headers = ask(server, "/model/weights.bin").headers
    known = ask(server, "/model/weights.bin", If_None_Match=headers["etag"])
    assert (known.status, known.body, known.headers["etag"]) == (304, b"", headers["etag"])
    assert "content-type" not in known.headers
    assert ask(server, "/model/weights.bin", If_Modified_Since=headers["last-modified"]).status == 304
    assert (
        ask(server, "/model/weights.bin", If_None_Match='"x"', If_Modified_Since=headers["last-modified"]).status == 200
    )
    assert ask(server, "/model/weights.bin", If_Modified_Since="yesterday").status == 200


def test_a_file_that_changes_is_served_anew(server: Server, model: Path) -> None:
    before = ask(server, "/model/weights.bin")
    assert before.headers["cache-control"] == "no-cache"
    (model / "new").write_bytes(WEIGHTS[::-1])
    os.utime(model / "new", ns=(0, (model / "weights.bin").stat().st_mtime_ns))
    (model / "new").replace(model / "weights.bin")
    after = ask(server, "/model/weights.bin", If_None_Match=before.headers["etag"])
    assert (after.status, after.body) == (200, WEIGHTS[::-1])


def test_a_model_that_is_replaced_is_served_anew(server: Server, model: Path) -> None:
    shutil.rmtree(model)
    assert ask(server, "/model/weights.bin").status == 404
    write_model(model)
    assert ask(server, "/model/weights.bin").body == WEIGHTS


def test_an_address_with_the_hash_is_kept_for_ever(server: Server, model: Path) -> None:
    digest = hashlib.sha256(WEIGHTS).hexdigest()
    for query in (f"v={digest}", f"a=1&v={digest[:16]}&b=2"):
        assert (
            ask(server, f"/model/weights.bin?{query}").headers["cache-control"] == "public, max-age=31536000, immutable"
        )
    for query in (f"v={digest[:15]}", f"v={digest[::-1]}", f"v={digest.upper()}", "v=", f"w={digest}"):
        assert ask(server, f"/model/weights.bin?{query}").headers["cache-control"] == "no-cache"
    (model / "weights.bin").write_bytes(WEIGHTS[::-1])
    assert ask(server, f"/model/weights.bin?v={digest}").headers["cache-control"] == "no-cache"


# --- compressed files -------------------------------------------------------------------------------------------------


def test_a_compressed_file_is_sent_to_who_takes_it(server: Server, model: Path) -> None:
    packed = gzip.compress(WEIGHTS)
    (model / "weights.bin.gz").write_bytes(packed)
    answer = ask(server, "/model/weights.bin", Accept_Encoding="gzip")
    assert (answer.body, answer.headers["content-encoding"]) == (packed, "gzip")
    assert answer.headers["content-type"] == "application/octet-stream"
    plain = ask(server, "/model/weights.bin")
    assert (plain.body, "content-encoding" in plain.headers) == (WEIGHTS, False)
    assert plain.headers["vary"] == answer.headers["vary"] == "Accept-Encoding"
    assert plain.headers["etag"] != answer.headers["etag"]
    part = ask(server, "/model/weights.bin", Accept_Encoding="gzip", Range="bytes=0-3")
    assert (part.status, part.body) == (206, WEIGHTS[:4])


# --- other sites ------------------------------------------------------------------------------------------------------


def test_only_the_origins_that_were_named_may_read(model: Path) -> None:
    with serve(model, cors=["https://app.example"]) as server:
        answer = ask(server, "/model/model.json", Origin="https://app.example")
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        assert "ETag" in answer.headers["access-control-expose-headers"]
        assert answer.headers["vary"] == "Origin"
        assert ask(server, "/nothing", Origin="https://app.example").headers["access-control-allow-origin"]
        missing = ask(server, "/model/weights.bin", Origin="https://app.example", Range="bytes=999-").headers
        assert missing["access-control-allow-origin"] == "https://app.example"
        for other in ("https://app.example.evil", "http://app.example", "null"):
            refused = ask(server, "/model/model.json", Origin=other).headers
            assert "access-control-allow-origin" not in refused
            assert refused["vary"] == "Origin"
        assert "access-control-allow-origin" not in ask(server, "/", Origin="https://app.example").headers
        assert "vary" not in ask(server, "/").headers


def test_a_browser_that_asks_first_is_told(model: Path) -> None:
    asked = {"Access_Control_Request_Method": "GET", "Access_Control_Request_Private_Network": "true"}
    with serve(model, cors="*") as server:
        answer = ask(server, "/model/weights.bin", "OPTIONS", Origin="https://any.example", **asked)
        assert answer.status == 204
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-allow-methods"] == "GET, HEAD"
        assert "Range" in answer.headers["access-control-allow-headers"]
        assert answer.headers["access-control-allow-private-network"] == "true"
    with serve(model) as server:
        answer = ask(server, "/model/weights.bin", "OPTIONS", Origin="https://any.example", **asked)
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_name_that_was_made_to_lead_here_gets_nothing(server: Server, model: Path, problems: list[str]) -> None:
    for host in ("evil.example", f"evil.example:{server.port}", "localhost.evil.example"):
        assert ask(server, "/model/model.json", Host=host).status == 421
    assert problems[0] == "a request for the host 'evil.example' was refused"
    for host in ("localhost", f"LOCALHOST:{server.port}", "[::1]"):
        assert ask(server, "/model/model.json", Host=host).status == 200
    with serve(model, cors="*") as public:
        assert ask(public, "/model/model.json", Host="evil.example").status == 200


# --- several models ---------------------------------------------------------------------------------------------------


def test_the_models_of_a_directory_are_listed(tmp_path: Path) -> None:
    for name in ("a", "b c/d", ".hidden"):
        write_model(tmp_path / name)
    (tmp_path / "a/sub").mkdir()
    (tmp_path / "loose.bin").write_text("SECRET")
    with serve(tmp_path) as server:
        assert server.urls == {"a": f"{server.url}?model=a", "b c/d": f"{server.url}?model=b%20c/d"}
        info = json.loads(ask(server, "/_totfjs/info?model=b%20c/d").body)
        assert (info["name"], info["model"]) == ("d", "b c/d")
        assert info["models"] == [{"name": "a", "path": "a"}, {"name": "d", "path": "b c/d"}]
        assert ask(server, "/model/b%20c/d/weights.bin").body == WEIGHTS
        assert ask(server, "/_totfjs/info?model=nothing").status == 404
        assert ask(server, "/_totfjs/info?model=../..").status == 404
        for path in ("/model/loose.bin", "/model/.hidden/model.json", "/model/a", "/model/a/sub", "/model/"):
            assert ask(server, path).status == 404


def test_the_model_is_described(server: Server, model: Path) -> None:
    info = json.loads(ask(server, "/_totfjs/info").body)
    assert (info["name"], info["format"], info["isolated"]) == ("web", "graph-model", True)
    assert info["inputs"] == [{"name": "x", "dtype": "float32", "shape": [-1, 2]}]
    assert info["outputs"] == [{"name": "out", "dtype": "float32", "shape": [-1, 3]}]
    assert info["files"][1] == {"path": "weights.bin", "bytes": len(WEIGHTS)}


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"weightsManifest": 3}', '{"signature": {"inputs": [1]}}', "[" * 100_000]
)
def test_a_model_json_that_is_none_is_for_the_page_to_tell(server: Server, model: Path, content: str) -> None:
    (model / "model.json").write_text(content)
    assert ask(server, "/_totfjs/info").status == 200
    assert ask(server, "/model/model.json").body.decode() == content


# --- starting and ending ----------------------------------------------------------------------------------------------


def test_a_port_that_is_taken_is_one_clear_error(server: Server, model: Path) -> None:
    with pytest.raises(ServeError, match=f"Port {server.port} is taken by another program"):
        serve(model, server.port)


def test_without_a_port_the_next_free_one_is_found(model: Path) -> None:
    with serve(model, None) as first, serve(model, None) as second:
        assert first.port < second.port < first.port + 20


@pytest.mark.parametrize("port", [-1, 65536])
def test_what_is_no_port_is_refused(model: Path, port: int) -> None:
    with pytest.raises(UsageError, match="is not a port"):
        serve(model, port)


@pytest.mark.parametrize(
    "origin", ["example.com", "https://example.com/path", "null", "https://*.example.com", "", "https://a b"]
)
def test_what_is_no_origin_is_refused(model: Path, origin: str) -> None:
    with pytest.raises(UsageError, match="is not an origin"):
        serve(model, cors=[origin])


def test_what_holds_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="There is no directory"):
        serve(tmp_path / "nowhere")
    with pytest.raises(ModelFileError, match="There is no web model in"):
        serve(tmp_path)


def test_model_json_itself_may_be_named(model: Path) -> None:
    with totfjs.serve(model / "model.json") as server:
        assert ask(server, "/model/weights.bin").body == WEIGHTS


def test_nothing_listens_any_more_when_it_is_closed(model: Path) -> None:
    with serve(model) as server, connected(server) as waiting:
        ask(server, "/")
        server.close()
        assert read_all(waiting) == b""
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", server.port), timeout=5):
        pass


# --- connections ------------------------------------------------------------------------------------------------------


def test_a_connection_serves_many_requests(server: Server) -> None:
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    for path, status in [("/model/weights.bin", 200), ("/nothing", 404), ("/model/weights.bin", 200)] * 3:
        client.request("GET", path)
        answer = client.getresponse()
        assert (answer.status, len(answer.read()) > 0) == (status, True)
    client.close()


def test_requests_may_come_before_their_answers(server: Server) -> None:
    host = f"Host: 127.0.0.1:{server.port}\r\n".encode()
    request = b"GET /model/weights.bin HTTP/1.1\r\n" + host
    answers = raw(server, request + b"\r\n" + request + b"Connection: close\r\n\r\n")
    assert answers.count(WEIGHTS) == 2


def test_the_old_protocol_is_spoken_too(server: Server) -> None:
    assert parsed(raw(server, b"GET /model/weights.bin HTTP/1.0\r\n\r\n")).body == WEIGHTS
