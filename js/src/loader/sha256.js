// SHA-256, by the browser where it offers that; pages that came by plain http from another machine have to compute it here.

const isPrime = (number) => !Array.from({length: number - 2}, (_, i) => i + 2).some((divisor) => number % divisor === 0);
const PRIMES = Array.from({length: 310}, (_, i) => i + 2).filter(isPrime); // the first 64
const fraction = (number) => Math.floor((number - Math.floor(number)) * 2 ** 32) | 0;
const START = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
const ROUNDS = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));

const rotate = (word, by) => (word >>> by) | (word << (32 - by));

// One block of 64 bytes at `at`: `state` is changed, `words` is room to work in.
function mix(state, words, view, at) {
  for (let i = 0; i < 16; i++) words[i] = view.getInt32(at + 4 * i);
  for (let i = 16; i < 64; i++) {
    const a = words[i - 15];
    const b = words[i - 2];
    const low = rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3);
    const high = rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10);
    words[i] = words[i - 16] + low + words[i - 7] + high;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i++) {
    const choice = (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g));
    const first = (h + choice + ROUNDS[i] + words[i]) | 0;
    const second = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => { state[i] += word; });
}

/** The hash in plain JavaScript. */
export function sha256InJavaScript(bytes) {
  const [state, words] = [Int32Array.from(START), new Int32Array(64)];
  const whole = bytes.length - bytes.length % 64;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < whole; at += 64) mix(state, words, view, at);
  const rest = bytes.length - whole;
  const last = new Uint8Array(rest < 56 ? 64 : 128);
  last.set(bytes.subarray(whole));
  last[rest] = 128;
  const end = new DataView(last.buffer);
  end.setBigUint64(last.length - 8, BigInt(bytes.length) * 8n);
  for (let at = 0; at < last.length; at += 64) mix(state, words, end, at);
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

/** The hash of some bytes, in hexadecimal digits. */
export async function sha256(bytes) {
  const subtle = globalThis.crypto?.subtle;
  if (subtle === undefined) return sha256InJavaScript(bytes);
  const digest = await subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
