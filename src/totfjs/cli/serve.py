"""`totfjs serve`."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from totfjs.cli.arguments import add_json

if TYPE_CHECKING:
    from totfjs.serving import Server

HELP = "serve a web model, and a page that runs it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `serve`."""
    parser.add_argument(
        "model",
        metavar="DIR",
        help="a directory with a model.json, or with several of them, or with an index.html of your own",
    )
    parser.add_argument("--port", type=int, help="where to listen; 0 is any free port (default: 8765, or one after it)")
    parser.add_argument("--host", default="127.0.0.1", help="who can reach it (default: 127.0.0.1, this machine alone)")
    parser.add_argument(
        "--cors", action="append", metavar="ORIGIN", help="a site whose pages may read the model; * for every site"
    )
    parser.add_argument("--open", action=argparse.BooleanOptionalAction, default=False, help="open the page")
    parser.add_argument("--verbose", action="store_true", help="print a line for each request")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Serves until Ctrl-C."""
    from totfjs.serving import serve

    served = serve(
        arguments.model,
        arguments.port,
        host=arguments.host,
        cors=arguments.cors or (),
        verbose=arguments.verbose,
        log=_say,
    )
    with served:
        try:
            _announce(served, arguments)
            if arguments.open:
                import webbrowser

                webbrowser.open(served.url)
            served.wait()
        except KeyboardInterrupt:
            if not arguments.json:
                print("stopped")
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _announce(served: Server, arguments: argparse.Namespace) -> None:
    # dangers first: whoever reads the address may ask for something at once
    if not served.loopback:
        _say(
            f"WARNING: with --host {arguments.host}, whoever reaches port {served.port} of this machine has the model."
        )
    if "*" in (arguments.cors or ()):
        _say("WARNING: --cors * lets every web site that you open read this model.")
    if arguments.json:
        print(json.dumps({"url": served.url, "port": served.port, "models": served.urls}), flush=True)
    else:
        lines = [f"{path or arguments.model}: {url}" for path, url in served.urls.items()]
        print("\n".join([*lines, "Ctrl-C stops it."]), flush=True)
