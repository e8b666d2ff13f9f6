// Starts the backends of TensorFlow.js, each of which is fetched when it is first asked for.

import {setBackend} from '@tensorflow/tfjs-core';

const PARTS = {
  cpu: () => import('@tensorflow/tfjs-backend-cpu'),
  wasm: () => import('./wasm.js'),
  webgl: () => import('@tensorflow/tfjs-backend-webgl'),
  webgpu: () => import('@tensorflow/tfjs-backend-webgpu'),
};

/**
 * Makes `name` (cpu, wasm, webgl or webgpu) the backend that executes. wasm takes `threads`, where the page is isolated
 * (COOP and COEP) and its policy lets blobs be workers; it has one without.
 */
export async function startBackend(name, {threads = 1} = {}) {
  if (!Object.hasOwn(PARTS, name)) throw new TypeError(`There is no backend called ${name}: there are ${Object.keys(PARTS).join(', ')}.`);
  const part = await PARTS[name]();
  part.prepare?.(threads);
  if (!await setBackend(name)) throw new Error(`The backend ${name} did not start in this browser.`);
}
