// Which backends this browser has, and why it lacks the others.

function webglReason() {
  const canvas = document.createElement('canvas');
  const gl = canvas.getContext('webgl2') ?? canvas.getContext('webgl');
  if (gl === null) return 'This browser gives no WebGL.';
  // Browsers keep few contexts: this one makes room for that of the model.
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return null;
}

async function webgpuReason() {
  if (!globalThis.isSecureContext) return 'WebGPU needs https or localhost.';
  if (navigator.gpu === undefined) return 'This browser has no WebGPU.';
  try {
    return await navigator.gpu.requestAdapter() === null ? 'WebGPU finds no GPU here.' : null;
  } catch {
    return 'WebGPU does not start here.';
  }
}

const REASONS = {
  wasm: async () => typeof WebAssembly === 'object' ? null : 'This browser has no WebAssembly.',
  webgl: async () => webglReason(),
  webgpu: webgpuReason,
  cpu: async () => null,
};

/** All backends with the reason why one cannot be used here, or null. */
export async function availableBackends() {
  const reasons = await Promise.all(Object.values(REASONS).map((reason) => reason()));
  return Object.keys(REASONS).map((name, i) => ({name, reason: reasons[i]}));
}
