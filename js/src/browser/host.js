// A page that Python drives: it asks for a request, answers it, and asks for the next.
//
// A message is frames, each an eight-byte little-endian length and that many bytes: the header first, then the buffers, and a
// last length of all ones. A request that ends without it was given up on the other side.

import * as backends from './backends.js';
import {console as kept} from '../console.js';
import {Driver} from '../driver.js';

const END = 2n ** 64n - 1n;
const driver = new Driver(backends);

for (const [name, write] of Object.entries(kept)) console[name] = write;

/** Reads messages from a stream whose chunks end anywhere. */
class Frames {
  constructor(stream) {
    this.reader = stream.getReader();
    this.chunk = new Uint8Array(0);
  }

  /** Goes on by so many bytes, which `bytes` takes where it is given; false where the stream ends before. */
  async advance(count, bytes) {
    for (let at = 0; at < count;) {
      if (this.chunk.length === 0) {
        const {done, value} = await this.reader.read();
        if (done) return false;
        this.chunk = value;
      }
      const taken = Math.min(this.chunk.length, count - at);
      bytes?.set(this.chunk.subarray(0, taken), at);
      this.chunk = this.chunk.subarray(taken);
      at += taken;
    }
    return true;
  }

  /** The buffers of one message, which is read to its end also where they do not fit in memory; null where it was cut short. */
  async message() {
    const buffers = [];
    let failure = null;
    for (;;) {
      const length = new Uint8Array(8);
      if (!await this.advance(8, length)) return null;
      const size = new DataView(length.buffer).getBigUint64(0, true);
      if (size === END) break;
      let frame = null;
      try {
        if (failure === null) frame = new Uint8Array(Number(size));
      } catch (error) {
        failure = error;
      }
      if (!await this.advance(Number(size), frame)) return null;
      buffers.push(frame?.buffer);
    }
    if (failure !== null) throw failure;
    return buffers;
  }
}

function lengthOf(size) {
  const length = new DataView(new ArrayBuffer(8));
  length.setBigUint64(0, BigInt(size), true);
  return length.buffer;
}

// When Python is gone, and could not end this browser because it was killed, its page does.
async function ask(...what) {
  try {
    return await fetch(...what);
  } catch {
    window.close();
    return await new Promise(() => {});
  }
}

function encode({header, buffers}) {
  const frames = [new TextEncoder().encode(header), ...buffers];
  return new Blob([...frames.flatMap((frame) => [lengthOf(frame.byteLength), frame]), lengthOf(END)]);
}

// A page has less room than its models may want: for a request, and for what it answers.
function refusal(error) {
  const told = {message: String(error), stack: '', trapped: false, memory: String(error?.message ?? error), lost: null};
  return encode({header: JSON.stringify({error: told, logs: []}), buffers: []});
}

async function answer(frames) {
  try {
    const message = await frames.message();
    if (message === null) return null;
    const [header, ...buffers] = message;
    buffers.forEach((buffer) => driver.receive(buffer));
    return encode(await driver.request(new TextDecoder().decode(header)));
  } catch (error) {
    return error instanceof TypeError ? null : refusal(error);
  }
}

// This answer never ends: when the page dies, even in an endless loop, its connection does too, and Python knows. It is kept,
// or it would end with the garbage.
globalThis.alive = fetch('alive').catch(() => {});

// Not awaited here: a page that is not loaded to its end has a throbber, for which a browser draws sixty times a second.
async function serve() {
  for (;;) {
    const response = await ask('next');
    const body = response.status === 200 ? await answer(new Frames(response.body)) : null;
    if (body !== null) await ask('reply', {method: 'POST', body});
  }
}

serve();
