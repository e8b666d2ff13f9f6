// Loads a checked model with the TensorFlow.js of the page, and runs it by the names of its inputs and outputs.

import {fetchModel} from './check.js';
import {checkNames, tensorFor} from './feed.js';
import {portsOf} from './ports.js';

// TensorFlow.js runs ops of these kinds only in executeAsync.
const ASYNCHRONOUS = new Set(['control', 'dynamic', 'hash_table']);
const KEPT = [
  'format', 'generatedBy', 'convertedBy', 'modelTopology', 'trainingConfig', 'signature', 'userDefinedMetadata', 'modelInitializer',
  'initializerSignature',
];

// One buffer of all, which every version of TensorFlow.js reads rightly.
function joined(buffers) {
  if (buffers.length === 1) return buffers[0];
  const whole = new Uint8Array(buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0));
  let at = 0;
  for (const buffer of buffers) {
    whole.set(new Uint8Array(buffer), at);
    at += buffer.byteLength;
  }
  return whole.buffer;
}

function artifactsOf({json, buffers}) {
  const kept = Object.fromEntries(KEPT.filter((key) => json[key] != null).map((key) => [key, json[key]]));
  return {...kept, weightSpecs: json.weightsManifest.flatMap(({weights}) => weights), weightData: joined(buffers)};
}

/**
 * What `tf.loadGraphModel` and `tf.loadLayersModel` take instead of an address: the same model, every file of it checked.
 * Options as those of `fetchModel`.
 */
export function modelHandler(url, options = {}) {
  return {load: async () => artifactsOf(await fetchModel(url, options))};
}

function isAsynchronous({executor, modelInitializer}, json) {
  if (executor?._outputs === undefined || json.modelInitializer?.node !== undefined || modelInitializer !== undefined) return true;
  const seen = new Set(executor._outputs);
  for (const node of seen) {
    if (ASYNCHRONOUS.has(node.category)) return true;
    node.inputs.forEach((input) => seen.add(input));
  }
  return false;
}

/** A model, and the names by which it is run. `model` is what TensorFlow.js made of it. */
export class LoadedModel {
  constructor(tf, model, json) {
    this.tf = tf;
    this.model = model;
    this.layers = json.modelTopology.node === undefined;
    this.asynchronous = !this.layers && isAsynchronous(model, json);
    Object.assign(this, portsOf(model, json));
  }

  /** The outputs by name, as tensors that are yours to dispose; `inputs` are tensors, nested arrays or typed arrays by name. */
  async predict(inputs) {
    checkNames(this.inputs, inputs);
    const made = [];
    try {
      const fed = this.inputs.map((port) => {
        const tensor = tensorFor(this.tf, port, inputs[port.name]);
        if (tensor !== inputs[port.name]) made.push(tensor);
        return [port.name, tensor];
      });
      const results = [await this.run(fed)].flat();
      return Object.fromEntries(this.outputs.map(({name}, i) => [name, results[i]]));
    } finally {
      made.forEach((tensor) => tensor.dispose());
    }
  }

  run(fed) {
    if (this.layers) return this.model.predict(fed.map(([, tensor]) => tensor));
    const [named, outputs] = [Object.fromEntries(fed), this.outputs.map(({name}) => name)];
    return this.asynchronous ? this.model.executeAsync(named, outputs) : this.model.execute(named, outputs);
  }

  dispose() {
    this.model.dispose();
  }
}

/** Checks and loads the model at `url` with `tf`, the TensorFlow.js of the page. Options as those of `fetchModel`. */
export async function loadModel(tf, url, options = {}) {
  const files = await fetchModel(url, options);
  const handler = {load: async () => artifactsOf(files)};
  const graph = files.json.modelTopology.node !== undefined;
  const model = await (graph ? tf.loadGraphModel(handler) : tf.loadLayersModel(handler));
  return new LoadedModel(tf, model, files.json);
}
