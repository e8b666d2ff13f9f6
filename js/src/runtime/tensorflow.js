// TensorFlow.js for a page of one's own: the published packages in modules without a bundler. A backend comes with the first use.

export * from '@tensorflow/tfjs-core';
export {deregisterOp, GraphModel, loadGraphModel, loadGraphModelSync, registerOp, version_converter} from '@tensorflow/tfjs-converter';
export {availableBackends} from '../page/availability.js';
export {startBackend} from './start.js';

/** Loads a layers model, and what these need before the first of them. */
export async function loadLayersModel(...words) {
  const layers = await import('@tensorflow/tfjs-layers');
  return layers.loadLayersModel(...words);
}
