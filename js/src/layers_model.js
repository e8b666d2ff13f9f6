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

  dispose() {
    this.model.dispose();
  }
}
