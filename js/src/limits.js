// Memory: the limit that the caller set, and the failures to allocate that TensorFlow.js swallows.

import {engine} from '@tensorflow/tfjs-core';

class MemoryLimitError extends Error {
  constructor(message) {
    super(message);
    this.name = 'MemoryLimitError';
  }
}

// Beyond this, the size that malloc sees wraps around.
const WASM_ADDRESSES = 2 ** 32;

let exceeded = null;

function refuse(message) {
  exceeded = message;
  throw new MemoryLimitError(message);
}

/** Why memory ran out since the start, or null. A runtime in which it did must not be used again. */
export function exceededMemory() {
  return exceeded;
}

function watchWasmHeap(limit) {
  const memory = globalThis.WebAssembly.Memory.prototype;
  const grow = memory.grow;
  memory.grow = function (pages) {
    if (this.buffer.byteLength + pages * 65536 > limit) refuse(`the wasm heap would grow beyond ${limit} bytes`);
    return grow.call(this, pages);
  };
}

/** A heap that cannot grow makes malloc return 0, and tfjs-backend-wasm would write tensors over address 0 in silence. */
export function watchWasmAllocation() {
  const module = engine().findBackend('wasm').wasm;
  // The first call replaces `_malloc` by the export of the instance, which is what has to be wrapped.
  module._free(module._malloc(1));
  const allocate = module._malloc;
  module._malloc = (bytes) => {
    const address = bytes < WASM_ADDRESSES ? allocate(bytes) : 0;
    if (address === 0 && bytes > 0) refuse(`the wasm heap has no room for ${bytes} bytes`);
    return address;
  };
}

function watchTensors(limit) {
  const tensors = engine();
  const track = tensors.trackTensor;
  tensors.trackTensor = function (...tracked) {
    track.apply(this, tracked);
    if (this.state.numBytes > limit) refuse(`the tensors take more than ${limit} bytes`);
  };
}

function watchArrays(limit) {
  for (const name of ['Float32Array', 'Float64Array', 'Int32Array', 'Uint32Array', 'Uint8Array', 'Array']) {
    const Native = globalThis[name];
    globalThis[name] = new Proxy(Native, {
      construct(target, args, newTarget) {
        const width = Native.BYTES_PER_ELEMENT ?? 8;
        if (args.length === 1 && typeof args[0] === 'number' && args[0] * width > limit) {
          refuse(`an array of ${args[0] * width} bytes was asked for`);
        }
        return Reflect.construct(target, args, newTarget);
      },
    });
  }
}

/** Installs the watch once, before the first model; `limit` in bytes or null. */
export function watchMemory(limit) {
  if (limit === null) return;
  watchWasmHeap(limit);
  watchTensors(limit);
  watchArrays(limit);
}
