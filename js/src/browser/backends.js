// The four backends of a browser, what they run on, and what a GPU does not say by itself.

import {backend as backendOf, env, setBackend} from '@tensorflow/tfjs-core';
import {version_cpu} from '@tensorflow/tfjs-backend-cpu';
import {getThreadsCount, setThreadsCount, setWasmPaths, version_wasm} from '@tensorflow/tfjs-backend-wasm';
import {version_webgl} from '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import {watchWasmAllocation} from '../limits.js';

/** The versions of the packages of the backends; that of webgpu has no number of its own. */
export const versions = {
  'tfjs-backend-cpu': version_cpu, 'tfjs-backend-wasm': version_wasm, 'tfjs-backend-webgl': version_webgl, 'tfjs-backend-webgpu': version_webgl,
};

const SOFTWARE = /swiftshader|llvmpipe|softpipe|lavapipe|software|basic render/i;
const described = {};
const lost = {webgl: null, webgpu: null};
let webgl = null;

// tfjs asks for at most half of the processors that the browser reports.
function startThreads(threads) {
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', threads > 1);
  if (threads === 1) return;
  if (!globalThis.crossOriginIsolated) throw new Error('threads need a page that is cross-origin isolated');
  const processors = Math.max(navigator.hardwareConcurrency, 2 * threads);
  Object.defineProperty(navigator, 'hardwareConcurrency', {value: processors, configurable: true});
  setThreadsCount(threads);
}

async function startWasm({threads = 1}) {
  setWasmPaths(new URL('./', import.meta.url).href);
  startThreads(threads);
  await use('wasm');
  watchWasmAllocation();
  described.wasm = {threads: threads > 1 ? getThreadsCount() : 1, simd: await env().getAsync('WASM_HAS_SIMD_SUPPORT')};
}

function nameOf(gl) {
  const extension = gl.getExtension('WEBGL_debug_renderer_info');
  return String(gl.getParameter(extension?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER));
}

async function startWebgl() {
  if (!env().get('WEBGL_VERSION')) throw new Error('this browser has no WebGL');
  await use('webgl');
  webgl = backendOf();
  const {gl} = webgl.gpgpu;
  gl.canvas.addEventListener('webglcontextlost', () => {
    lost.webgl = 'the WebGL context was lost';
  });
  const device = nameOf(gl);
  const float32 = env().get('WEBGL_RENDER_FLOAT32_ENABLED');
  described.webgl = {device, software: SOFTWARE.test(device), version: env().get('WEBGL_VERSION'), float32};
}

async function startWebgpu() {
  const adapter = await navigator.gpu?.requestAdapter({powerPreference: 'high-performance'});
  if (adapter == null) throw new Error('this browser has no WebGPU adapter');
  await use('webgpu');
  const {device} = backendOf();
  watch(device);
  device.lost.then(({message}) => {
    lost.webgpu = `the GPU device was lost: ${message}`;
  });
  const {vendor, architecture, description} = adapter.info ?? {};
  const name = [vendor, architecture, description].filter(Boolean).join(' ');
  const software = SOFTWARE.test(name) || adapter.isFallbackAdapter === true || adapter.info?.isFallbackAdapter === true;
  described.webgpu = {device: name, software};
}

const STARTS = {wasm: startWasm, webgl: startWebgl, webgpu: startWebgpu};

/** Makes `backend` the one that executes. */
export async function use(backend) {
  if (!await setBackend(backend)) throw new Error(`The backend '${backend}' did not start`);
}

/** Starts `backend`, with the flags of TensorFlow.js that are asked for; its files are fetched from beside this one. */
export async function start(backend, binary, settings) {
  for (const [name, value] of Object.entries(settings.flags ?? {})) env().set(name, value);
  await (STARTS[backend] ?? (() => use(backend)))(settings);
}

/** Why a GPU that was started cannot be used any more in this page; null while all can. */
export function gone() {
  if (webgl?.gpgpu.gl.isContextLost()) lost.webgl ??= 'the WebGL context was lost';
  return lost.webgl ?? lost.webgpu;
}

// The scopes in which a device keeps what it refuses. An event for it would come at any time, during a later call as well.
const FILTERS = ['internal', 'out-of-memory', 'validation'];

function watch(device) {
  for (const filter of FILTERS) device.pushErrorScope(filter);
}

/** What WebGPU refused since the last call, which leaves the results of no meaning; null when nothing. */
export async function faults(backend) {
  if (backend !== 'webgpu') return null;
  const webgpu = backendOf();
  // A call that failed may have left something that was not sent.
  if (webgpu.commandEncoder !== null) {
    webgpu.endComputePassEncoder();
    webgpu.submitQueue();
  }
  const kept = FILTERS.map(() => webgpu.device.popErrorScope());
  watch(webgpu.device);
  try {
    const told = await Promise.all(kept);
    return told.find((error) => error !== null)?.message ?? null;
  } catch (error) {
    return lost.webgpu ?? error.message;
  }
}

/** The browser, and of each backend that was started what it runs on. */
export async function surroundings() {
  return {agent: navigator.userAgent, isolated: globalThis.crossOriginIsolated, backends: described};
}
