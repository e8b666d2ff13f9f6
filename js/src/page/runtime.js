// TensorFlow.js with one model: the heavy part of the page, loaded after the page is shown.

import {memory, version_core} from '@tensorflow/tfjs-core';
import * as backends from '../browser/backends.js';
import {GraphModel} from '../graph_model.js';
import {LayersModel} from '../layers_model.js';
import {exceededMemory} from '../limits.js';
import {makeTensor, readTensor} from '../tensors.js';
import {Problem} from './problem.js';
import {fromBuffer, toBuffer} from './values.js';

export const version = version_core;

const isLayers = (json) => json.format === 'layers-model' || json.modelTopology?.node === undefined;

// The runtime looks an op up when it reaches it; a user wants to know before.
function checkOps(model) {
  const {executor} = model.model;
  const unknown = Object.values(executor.graph.nodes).filter(({category, op}) => category === undefined && op !== undefined);
  if (unknown.length === 0) return;
  const ops = [...new Set(unknown.map(({op}) => op))];
  throw new Problem(
    `The model needs ${ops.length === 1 ? `the op ${ops[0]}` : `the ops ${ops.join(', ')}`}, which TensorFlow.js does not have.`,
    'Convert the model again with totfjs, which writes only ops that TensorFlow.js has.',
    unknown.map(({name, op}) => `${name} (${op})`).join('\n'));
}

/** A model that can be moved from backend to backend: its files are kept, because weights in a GPU cannot be moved. */
export class Runtime {
  constructor(json, buffers) {
    this.json = json;
    this.buffers = buffers;
    this.layers = isLayers(json);
    this.started = new Set();
    this.model = null;
    this.backend = null;
  }

  /** Starts `backend` and loads the model in it. */
  async use(backend) {
    this.model?.dispose();
    this.model = null;
    if (this.started.has(backend)) await backends.use(backend);
    else await backends.start(backend, null, {});
    this.started.add(backend);
    this.backend = backend;
    this.model = await this.load();
  }

  async load() {
    // CompositeArrayBuffer takes shards of one size followed by a larger one for uniform, and reads zeros from it.
    const buffers = [...this.buffers, new ArrayBuffer(0)];
    if (this.layers) return LayersModel.load(this.json, buffers);
    const model = new GraphModel(this.json, buffers);
    checkOps(model);
    return model;
  }

  /** Inputs and outputs as the model names them, and whether it runs with executeAsync. */
  describe() {
    const {inputs, outputs, asynchronous} = this.model;
    return {inputs, outputs, asynchronous};
  }

  /** Runs the model on values by name: the values of its outputs, and the milliseconds that it took with reading them. */
  async run(values) {
    if (this.model === null) throw new Problem('No backend has started.', 'Choose another backend.');
    const tensors = {};
    try {
      for (const [name, value] of Object.entries(values)) tensors[name] = makeTensor(value, toBuffer(value));
      const before = performance.now();
      const read = await this.read(await this.model.execute({...tensors}, null));
      const milliseconds = performance.now() - before;
      await this.checkFaults();
      return {outputs: this.named(read), milliseconds};
    } finally {
      for (const tensor of Object.values(tensors)) if (!tensor.isDisposed) tensor.dispose();
    }
  }

  async read(results) {
    const list = Array.isArray(results) ? results : [results];
    try {
      const read = [];
      for (const tensor of list) read.push(fromBuffer(await readTensor(tensor)));
      return read;
    } finally {
      for (const tensor of list) if (!tensor.isDisposed) tensor.dispose();
    }
  }

  named(read) {
    const {outputs} = this.model;
    if (read.length !== outputs.length) {
      throw new Problem(`The model names ${outputs.length} outputs, TensorFlow.js returned ${read.length}: two names are one tensor.`,
        'Convert the model again with totfjs, which gives each output a node of its own.');
    }
    return outputs.map(({name}, i) => ({name, ...read[i]}));
  }

  async checkFaults() {
    const lost = this.backend.startsWith('webg') ? backends.gone() : null;
    const fault = exceededMemory() ?? lost ?? await backends.faults(this.backend);
    if (fault !== null) throw new Error(fault);
  }

  /** Bytes and number of the tensors that live now. */
  memory() {
    const {numBytes, numTensors} = memory();
    return {bytes: numBytes, tensors: numTensors};
  }

  /** What the backend runs on, in words. */
  async device() {
    const {backends: known} = await backends.surroundings();
    const {device, software, simd} = known[this.backend] ?? {};
    if (!device) return simd ? 'one processor, with SIMD' : 'one processor';
    return software ? `${device} (software, no GPU)` : device;
  }
}
