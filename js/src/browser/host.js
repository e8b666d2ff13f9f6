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

/** Reads exact numbers of bytes from a stream whose chunks end anywhere. */
class Frames {
  constructor(stream) {
    this.reader = stream.getReader();
    this.chunk = new Uint8Array(0);
  }

  async fill(bytes) {
    for (let at = 0; at < bytes.length;) {
      if (this.chunk.length === 0) {
        const {done, value} = await this.reader.read();
        if (done) return false;
        this.chunk = value;
      }
      const taken = Math.min(this.chunk.length, bytes.length - at);
      bytes.set(this.chunk.subarray(0, taken), at);
      this.chunk = this.chunk.subarray(taken);
      at += taken;
    }
    return true;
  }

  /** The buffers of one message, or null where it was cut short. */
  async message() {
    const buffers = [];
    for (;;) {
      const length = new Uint8Array(8);
      if (!await this.fill(length)) return null;
      const size = new DataView(length.buffer).getBigUint64(0, true);
      if (size === END) return buffers;
      const frame = new Uint8Array(Number(size));
      if (!await this.fill(frame)) return null;
      buffers.push(frame.buffer);
    }
  }
}

function lengthOf(size) {
  const length = new DataView(new ArrayBuffer(8));
  length.setBigUint64(0, BigInt(size), true);
  return length.buffer;
}

async function answer([header, ...buffers]) {
  buffers.forEach((buffer) => driver.receive(buffer));
  const reply = await driver.request(new TextDecoder().decode(header));
  const frames = [new TextEncoder().encode(reply.header), ...reply.buffers];
  const parts = frames.flatMap((frame) => [lengthOf(frame.byteLength), frame]);
  await fetch('reply', {method: 'POST', body: new Blob([...parts, lengthOf(END)])});
}

// When Python is gone, and could not end this browser because it was killed, its page does.
async function next() {
  try {
    return await fetch('next');
  } catch {
    window.close();
    return await new Promise(() => {});
  }
}

for (;;) {
  const response = await next();
  const message = response.status === 200 ? await new Frames(response.body).message().catch(() => null) : null;
  if (message !== null) await answer(message);
}
