// The types of tensorflow.js, which are those of the packages that it is made of:
// npm install --save-dev @tensorflow/tfjs-core @tensorflow/tfjs-converter @tensorflow/tfjs-layers

export * from '@tensorflow/tfjs-core';
export {deregisterOp, GraphModel, loadGraphModel, loadGraphModelSync, registerOp, version_converter} from '@tensorflow/tfjs-converter';

export type BackendName = 'cpu' | 'wasm' | 'webgl' | 'webgpu';

export interface Backend {
  readonly name: BackendName;
  /** Why this browser cannot use it, in plain words; null where it can. */
  readonly reason: string | null;
  /** The same as a word for programs. */
  readonly code: 'NO_WASM' | 'NO_WEBGL' | 'NOT_SECURE' | 'NO_WEBGPU' | 'NO_ADAPTER' | 'NOT_STARTED' | null;
}

/** The backends, and which of them this browser has. */
export function availableBackends(): Promise<Backend[]>;

/**
 * Makes a backend the one that executes; its code is fetched when it is first asked for. wasm takes `threads`, where the page
 * is isolated (COOP and COEP) and its policy lets blobs be workers; it has one without.
 */
export function startBackend(name: BackendName, options?: {threads?: number}): Promise<void>;

/** As that of @tensorflow/tfjs-layers, which is fetched when a model is first loaded. */
export const loadLayersModel: typeof import('@tensorflow/tfjs-layers').loadLayersModel;
