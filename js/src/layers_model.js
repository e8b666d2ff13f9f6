// A layers model: load, describe, execute.

import {io} from '@tensorflow/tfjs-core';
import {loadLayersModel, model as subModel} from '@tensorflow/tfjs-layers';

// A tensor is called as its layer is; a layer that is used more than once gives its later tensors a number.
function describe(symbolic) {
  const used = new Map();
  return symbolic.map(({sourceLayer: {name}, dtype, shape}) => {
    const count = used.get(name) ?? 0;
    used.set(name, count + 1);
    return {name: count === 0 ? name : `${name}_${count}`, dtype, shape: shape.map((dim) => dim ?? -1)};
  });
}

export class LayersModel {
  static async load(json, buffers) {
    const specs = io.getWeightSpecs(json.weightsManifest ?? []);
    const artifacts = io.getModelArtifactsForJSONSync(json, specs, buffers);
    return new LayersModel(await loadLayersModel({load: async () => artifacts}));
  }

  constructor(model) {
    this.model = model;
    this.inputs = describe(model.inputs);
    this.outputs = describe(model.outputs);
    this.asynchronous = false;
  }

  // Any layer may be asked for by its name.
  select(names) {
    if (names === null) return this.model;
    return subModel({inputs: this.model.inputs, outputs: names.map((name) => this.model.getLayer(name).output)});
  }

  async execute(inputs, names) {
    return this.select(names).predict(this.inputs.map(({name}) => inputs[name]));
  }

  get compiled() {
    return this.model.optimizer != null && this.model.loss != null;
  }

  // Trains on the data in the order that they have, and tells the loss and the metrics of each epoch.
  async fit(inputs, targets, {epochs, batchSize}) {
    const {history} = await this.model.fit(inputs, targets, {epochs, batchSize, shuffle: false, verbose: 0, yieldEvery: 'never'});
    return history;
  }

  // Loss and metrics, as they are when nothing is trained.
  async evaluate(inputs, targets, {batchSize}) {
    const results = this.model.evaluate(inputs, targets, {batchSize});
    const numbers = [];
    for (const result of Array.isArray(results) ? results : [results]) {
      numbers.push((await result.data())[0]);
      result.dispose();
    }
    return numbers;
  }

  dispose() {
    this.model.dispose();
  }
}
