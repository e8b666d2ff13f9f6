// Answers requests with TensorFlow.js. A request is a JSON header and the buffers sent before it; so is the reply.

import {memory, version_core} from '@tensorflow/tfjs-core';
import {version_converter} from '@tensorflow/tfjs-converter';
import {version_layers} from '@tensorflow/tfjs-layers';
import {takeLogs} from './console.js';
import {GraphModel} from './graph_model.js';
import {LayersModel} from './layers_model.js';
import {exceededMemory, watchMemory} from './limits.js';
import {makeTensor, readTensor} from './tensors.js';

// The runtime returns one tensor for two outputs that are the same node, and the tensor itself when there is only one output.
function asList(results) {
  return Array.isArray(results) ? results : [results];
}

async function readAll(results) {
  try {
    const read = [];
    for (const result of results) read.push(await readTensor(result));
    return read;
  } finally {
    for (const result of results) if (!result.isDisposed) result.dispose();
  }
}

// A wasm module that trapped, or a heap that could not grow, leaves a state in which later results are garbage.
function describeError(error, lost) {
  const trapped = error instanceof globalThis.WebAssembly.RuntimeError;
  const memoryFault = exceededMemory() ?? (/allocation failed|Invalid (typed )?array (buffer )?length/.test(error?.message) ? error.message : null);
  return {message: String(error?.message ?? error), stack: String(error?.stack ?? ''), trapped, memory: memoryFault, lost};
}

/**
 * One TensorFlow.js and the models loaded in it. `backends` knows how these are started here: `start(name, binary, settings)`,
 * `use(name)`, `faults(name)` of what a GPU was asked to do, `gone()` of a GPU that is lost, their `versions`, and
 * `surroundings()`, which is what they run on.
 */
export class Driver {
  constructor(backends) {
    this.backends = backends;
    this.models = new Map();
    this.nextModel = 1;
    this.received = [];
  }

  /** Adds a buffer of `bytes` to the next request and returns it to be filled. */
  allocate(bytes) {
    const buffer = new ArrayBuffer(bytes);
    this.received.push(buffer);
    return buffer;
  }

  /** Adds a filled buffer to the next request. */
  receive(buffer) {
    this.received.push(buffer);
  }

  /** Answers a request: the reply's header as JSON, and its buffers. */
  async request(text) {
    const buffers = this.received;
    this.received = [];
    const {buffers: sent = [], ...header} = await this.answer(JSON.parse(text), buffers);
    return {header: JSON.stringify({...header, logs: takeLogs()}), buffers: sent};
  }

  /** Forgets the buffers of a request that was not made after all. */
  forget() {
    this.received = [];
  }

  async answer(header, buffers) {
    try {
      const result = await COMMANDS[header.command].call(this, header, buffers);
      if (exceededMemory() !== null) throw new Error(exceededMemory());
      return result;
    } catch (error) {
      return {error: describeError(error, this.backends.gone())};
    }
  }
}

async function start({memoryLimit}) {
  watchMemory(memoryLimit);
  return {versions: {
    'tfjs-core': version_core, 'tfjs-converter': version_converter, 'tfjs-layers': version_layers, ...this.backends.versions,
  }};
}

async function prepare({backend, settings}, [binary]) {
  await this.backends.start(backend, binary, settings ?? {});
  return {};
}

async function describe() {
  return {surroundings: await this.backends.surroundings()};
}

async function load({backend, model: text}, buffers) {
  await this.backends.use(backend);
  const json = JSON.parse(text);
  const before = memory().numBytes;
  // CompositeArrayBuffer takes shards of one size followed by a larger one for uniform, and reads zeros from it.
  buffers.push(new ArrayBuffer(0));
  const layers = json.format === 'layers-model' || json.modelTopology?.node === undefined;
  const model = layers ? await LayersModel.load(json, buffers) : new GraphModel(json, buffers);
  this.models.set(this.nextModel, Object.assign(model, {before}));
  const {inputs, outputs, asynchronous} = model;
  return {model: this.nextModel++, inputs, outputs, asynchronous};
}

async function execute({backend, model: id, inputs, outputs}, buffers) {
  await this.backends.use(backend);
  const model = this.models.get(id);
  const tensors = {};
  try {
    inputs.forEach((input, i) => {
      tensors[input.name] = makeTensor(input, buffers[i]);
    });
    const before = performance.now();
    const read = await readAll(asList(await model.execute({...tensors}, outputs)));
    const milliseconds = performance.now() - before;
    const fault = this.backends.gone() ?? await this.backends.faults(backend);
    if (fault !== null) throw new Error(fault);
    const asynchronous = outputs === null ? model.asynchronous : model.needsAsync?.(outputs) ?? false;
    return {
      tensors: read.map(({dtype, shape}) => ({dtype, shape})), milliseconds, asynchronous,
      buffers: read.map(({buffer}) => buffer),
    };
  } catch (error) {
    // What WebGPU refused on the way is not told to the next call.
    await this.backends.faults(backend);
    throw error;
  } finally {
    for (const sent of Object.values(tensors)) if (!sent.isDisposed) sent.dispose();
  }
}

async function train({backend, model: id, inputs, targets, what, settings}, buffers) {
  await this.backends.use(backend);
  const model = this.models.get(id);
  if (!model.compiled) throw new Error('The model is not compiled.');
  const tensors = [...inputs, ...targets].map((tensor, i) => makeTensor(tensor, buffers[i]));
  try {
    const given = tensors.slice(0, inputs.length);
    return {result: await model[what](given, tensors.slice(inputs.length), settings)};
  } finally {
    for (const sent of tensors) if (!sent.isDisposed) sent.dispose();
  }
}

async function dispose({model: id}) {
  this.models.get(id)?.dispose();
  this.models.delete(id);
  return {};
}

async function statistics({model: id}) {
  const {numTensors, numBytes} = memory();
  return {tensors: numTensors, bytes: numBytes, since: numBytes - (this.models.get(id)?.before ?? 0)};
}

const COMMANDS = {start, prepare, describe, load, execute, train, dispose, statistics};
