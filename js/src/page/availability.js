// Which backends this browser has, and why it lacks the others.

const WHY = {
  NO_WASM: 'This browser has no WebAssembly.',
  NO_WEBGL: 'This browser gives no WebGL.',
  NOT_SECURE: 'WebGPU needs https or localhost.',
  NO_WEBGPU: 'This browser has no WebGPU.',
  NO_ADAPTER: 'WebGPU finds no GPU here.',
  NOT_STARTED: 'WebGPU does not start here.',
};

function withoutWebgl() {
  const canvas = document.createElement('canvas');
  const gl = canvas.getContext('webgl2') ?? canvas.getContext('webgl');
  if (gl === null) return 'NO_WEBGL';
  // Browsers keep few contexts: this one makes room for that of the model.
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return null;
}

async function withoutWebgpu() {
  if (!globalThis.isSecureContext) return 'NOT_SECURE';
  if (navigator.gpu === undefined) return 'NO_WEBGPU';
  try {
    return await navigator.gpu.requestAdapter() === null ? 'NO_ADAPTER' : null;
  } catch {
    return 'NOT_STARTED';
  }
}

const CODES = {
  wasm: async () => typeof WebAssembly === 'object' ? null : 'NO_WASM',
  webgl: async () => withoutWebgl(),
  webgpu: withoutWebgpu,
  cpu: async () => null,
};

/** All backends with the reason why one cannot be used here, or null; `code` is the same for programs. */
export async function availableBackends() {
  const codes = await Promise.all(Object.values(CODES).map((code) => code()));
  return Object.keys(CODES).map((name, i) => ({name, reason: codes[i] === null ? null : WHY[codes[i]], code: codes[i]}));
}
