"""Where models come from: each room turns one kind of source into a graph, and `resolve` tells the kinds apart."""

from totfjs.sources.source import Source

__all__ = ["Source"]
