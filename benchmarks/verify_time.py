"""How long `totfjs verify` takes for the guide's CNN, whole processes, beyond what it has to wait for anyway.

In mini-racer: against the Flax module, beyond importing jax and flax. In Chromium on wasm: from start to verdict,
beside how long the browser alone takes to start and to end.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from measure import alternate, verdict

PYTHON = sys.executable
TOTFJS = str(Path(PYTHON).with_name("totfjs"))
EXAMPLE = Path(__file__).parents[1] / "examples/flax_mnist.py"
BROWSER = (
    "from totfjs.runtime import open_engine\nwith open_engine('browser') as engine: print(engine.surroundings('wasm'))"
)


def main() -> bool:
    """Prints the figures; true when all bars are met."""
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([PYTHON, EXAMPLE, directory], check=True, stdout=subprocess.DEVNULL)
        verify = [TOTFJS, "verify", f"{directory}/web_model"]
        source = ["--against", f"{EXAMPLE}:MnistCNN", "--weights", f"{directory}/mnist.msgpack"]
        framework, against, alone = alternate([PYTHON, "-c", "import jax, flax"], [*verify, *source], verify)
        browser = [*verify, "--engine", "browser", "--backends", "wasm"]
        started, chromium = alternate([PYTHON, "-c", BROWSER], browser)
    print(f"import jax, flax: {framework:.2f} s; verify against the module: {against:.2f} s; without it: {alone:.2f} s")
    print(f"start and end Chromium: {started:.2f} s; verify in it: {chromium:.2f} s")
    met = [
        verdict("mini-racer, beyond importing jax and flax", against - framework, 0.5, " s"),
        verdict("mini-racer, against the model's own graph", alone, 0.5, " s"),
        verdict("Chromium on wasm", chromium, 3.0, " s"),
    ]
    return all(met)


if __name__ == "__main__":
    sys.exit(not main())
