"""How right the page is about digits that people drew: all 10,000 test images of MNIST, through the page's own modules.

python -m benchmarks.demo.page_accuracy MODEL_DIR... [--images 10000] [--backend wasm]

Each image is drawn onto the paper of the page, 280 × 280 and smoothed, read from it as a drawing is, prepared by the
page's preprocessing and classified by the model in real Chromium. Beside it stands the accuracy on the images as they
are in the file.
"""

from __future__ import annotations

import argparse
import os
import sys
from base64 import b64encode
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from playwright.sync_api import Page, sync_playwright

from jax_to_tfjs_demo import site
from jax_to_tfjs_demo.data import Dataset, load
from totfjs.runtime.browsers.find import require_browser

BAR = 0.97
AT_ONCE = 500
# What the page does with a picture, from the paper to the digit; `plain` are the bytes of the file instead.
READ = """
async ([model, backend, encoded, plain]) => {
  const [tf, {loadModel}, {Paper}, {prepare}, {SIZE}] = await Promise.all(
    ['tensorflow/tensorflow.js', 'model-loader.js', 'page/paper.js', 'page/preprocess.js', 'page/strokes.js']
      .map((name) => import(new URL(name, document.baseURI))));
  const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  const count = bytes.length / 784;
  const paper = new Paper({show() {}}, () => {});
  const pixels = new Float32Array(bytes.length);
  for (let i = 0; i < count; i++) {
    const image = bytes.subarray(784 * i, 784 * (i + 1));
    if (!plain) paper.put(image);
    pixels.set(plain ? Array.from(image, (byte) => byte / 255) : prepare(paper.read(), SIZE, SIZE), 784 * i);
  }
  if (globalThis.kept === undefined) {
    await tf.startBackend(backend);
    globalThis.kept = await loadModel(tf, new URL(model, document.baseURI).href);
  }
  const {logits} = await kept.predict({image: pixels});
  const best = tf.argMax(logits, -1);
  const found = Array.from(await best.data());
  tf.dispose([logits, best]);
  return found;
}
"""


def predictions(page: Page, model: str, images: np.ndarray, *, backend: str = "wasm", plain: bool = False) -> list[int]:
    """What the open page reads in images of 28 × 28 bytes."""
    found: list[int] = []
    for start in range(0, len(images), AT_ONCE):
        encoded = b64encode(np.ascontiguousarray(images[start : start + AT_ONCE]).tobytes()).decode("ascii")
        found += page.evaluate(READ, [model, backend, encoded, plain])
    return found


def measure(page: Page, model: site.Entry, dataset: Dataset, images: int, backend: str) -> bool:
    """Prints the row of a model; whether it is as right as it has to be."""
    labels = dataset.test_labels[:images]
    shares = [
        np.mean(predictions(page, model.path, dataset.test_images[:images], backend=backend, plain=plain) == labels)
        for plain in (True, False)
    ]
    print(f"{model.name:24} {len(labels):6} images  as stored {shares[0]:.2%}  through the page {shares[1]:.2%}")
    return bool(shares[1] >= BAR)


def main(words: list[str]) -> int:
    """Builds a site of the models, and reads the images in it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, nargs="+", metavar="MODEL_DIR")
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--backend", default="wasm")
    arguments = parser.parse_args(words)
    dataset = load("mnist", log=print)
    sandbox = ["--no-sandbox"] if sys.platform == "linux" and os.geteuid() == 0 else []
    with TemporaryDirectory() as scratch, sync_playwright() as playwright:
        built = site.build(arguments.models, Path(scratch) / "site", dataset=dataset, log=print)
        with site.serve(built.path, 0) as served:
            program = require_browser("chromium").program
            browser = playwright.chromium.launch(executable_path=program, args=sandbox)
            right = True
            for model in built.models:
                page = browser.new_page()
                page.goto(served.url)
                page.wait_for_selector("[data-ready]")
                right &= measure(page, model, dataset, arguments.images, arguments.backend)
                page.close()
            browser.close()
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
