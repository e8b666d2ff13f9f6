// A layers model: load, describe, execute.

import {io} from '@tensorflow/tfjs-core';
import {loadLayersModel, model as subModel} from '@tensorflow/tfjs-layers';

function describe(symbolic, names) {
  return symbolic.map(({dtype, shape}, i) => ({name: names[i], dtype, shape: shape.map((dim) => dim ?? -1)}));
}

export class LayersModel {
  static async load(json, buffers) {
    const specs = io.getWeightSpecs(json.weightsManifest ?? []);
    const artifacts = io.getModelArtifactsForJSONSync(json, specs, buffers);
    return new LayersModel(await loadLayersModel({load: async () => artifacts}));
  }

  constructor(model) {
    this.model = model;
    this.inputs = describe(model.inputs, model.inputNames);
    this.outputs = describe(model.outputs, model.outputNames);
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
