"""How long a user waits: the help, the import, and converting the guide's CNN with proof, against what they import."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from measure import alternate, verdict

PYTHON = sys.executable
TOTFJS = str(Path(PYTHON).with_name("totfjs"))
EXAMPLE = Path(__file__).parents[1] / "examples/flax_mnist.py"


def main() -> bool:
    """Prints the figures; true when all bars are met."""
    (help_seconds,) = alternate([TOTFJS, "--help"])
    imports = alternate([PYTHON, "-c", "import numpy"], [PYTHON, "-c", "import totfjs"])
    loaded = subprocess.run(
        [PYTHON, "-c", "import totfjs, sys; print({'jax', 'keras', 'tensorflow', 'numpy'} & set(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    )
    print(f"heavy modules after `import totfjs`: {loaded.stdout.strip()}")
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([PYTHON, EXAMPLE, directory], check=True, stdout=subprocess.DEVNULL)
        source, spec = f"{EXAMPLE}:MnistCNN", "image:float32[b,28,28,1]"
        weights = f"{directory}/mnist.msgpack"
        convert = [TOTFJS, "convert", source, f"{directory}/out", "--weights", weights, "--input", spec, "--force"]
        framework, whole = alternate([PYTHON, "-c", "import jax, flax"], convert)
    print(f"import jax, flax: {framework:.2f} s; convert and verify the CNN: {whole:.2f} s")
    met = [
        verdict("totfjs --help", help_seconds, 0.15, " s"),
        verdict("import totfjs / import numpy", imports[1] / imports[0], 1.3),
        verdict("convert the CNN, verified / import jax, flax", whole / framework, 1.6),
    ]
    return all(met)


if __name__ == "__main__":
    sys.exit(not main())
