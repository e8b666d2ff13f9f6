// One model on one backend of TensorFlow.js, whose files were checked before they were used.

import {loadModel} from '../model-loader.js';
import {SIDE} from './preprocess.js';

export class Classifier {
  constructor(loaded) {
    this.loaded = loaded;
    this.input = loaded.inputs[0].name;
  }

  /** Starts the backend, and loads the model at an address in it. */
  static async load(tf, backend, url, options) {
    await tf.startBackend(backend);
    return new Classifier(await loadModel(tf, url, options));
  }

  /** The ten logits of 784 values, and the milliseconds until they were here. */
  async run(pixels) {
    const before = performance.now();
    const [output, ...others] = Object.values(await this.loaded.predict({[this.input]: pixels}));
    try {
      const logits = await output.data();
      return {logits, milliseconds: performance.now() - before};
    } finally {
      [output, ...others].forEach((tensor) => tensor.dispose());
    }
  }

  /** The first run compiles and uploads, and is another matter than those that follow. */
  async warm() {
    await this.run(new Float32Array(SIDE * SIDE));
  }

  /** The milliseconds of some runs, as many as there is time for. */
  async measure(pixels, most = 20, longest = 500) {
    const series = [];
    const before = performance.now();
    while (series.length < 3 || (series.length < most && performance.now() - before < longest)) {
      series.push((await this.run(pixels)).milliseconds);
    }
    return series;
  }

  dispose() {
    this.loaded.dispose();
  }
}
