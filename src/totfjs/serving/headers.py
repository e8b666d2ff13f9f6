"""The headers of every answer: what a page may do with it, and who else may read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

PAGE_POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: data:; "
    "media-src 'self' blob: mediastream:; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
# A file of a model that is opened as a page runs nothing.
MODEL_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
_READABLE = "Accept-Ranges, Content-Encoding, Content-Length, Content-Range, ETag"
_SENDABLE = "Range, If-Range, If-None-Match, If-Modified-Since"


@dataclass(frozen=True)
class Sharing:
    """The origins whose pages may read the files of models; `*` for all."""

    origins: tuple[str, ...] = ()

    @property
    def everyone(self) -> bool:
        """Whether any page may read them."""
        return "*" in self.origins

    def allows(self, origin: str | None) -> bool:
        """Whether a page of this origin may read them."""
        return self.everyone or origin in self.origins

    def headers(self, origin: str | None) -> Iterator[tuple[str, str]]:
        """Those of an answer about a file of a model; `Vary` is the caller's, who knows what else it varies with."""
        yield "Cross-Origin-Resource-Policy", "cross-origin" if self.origins else "same-origin"
        if self.allows(origin):
            yield "Access-Control-Allow-Origin", "*" if self.everyone else str(origin)
            yield "Access-Control-Expose-Headers", _READABLE

    @property
    def varies(self) -> bool:
        """Whether answers differ by origin."""
        return bool(self.origins) and not self.everyone

    def preflight(self, asked: Mapping[str, str | None]) -> Iterator[tuple[str, str]]:
        """What a browser wants to know before it asks for a file."""
        if not self.allows(asked.get("Origin")):
            return
        yield "Access-Control-Allow-Methods", "GET, HEAD"
        yield "Access-Control-Allow-Headers", _SENDABLE
        yield "Access-Control-Max-Age", "600"
        if asked.get("Access-Control-Request-Private-Network") == "true":
            yield "Access-Control-Allow-Private-Network", "true"
