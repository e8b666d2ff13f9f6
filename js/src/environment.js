// What TensorFlow.js expects of its surroundings and bare V8 does not have. Nothing that exists is replaced.

import {decodeBase64, decodeText, encodeText} from './text.js';

class Encoder {
  encode(text) {
    return encodeText(text);
  }
}

class Decoder {
  decode(bytes) {
    return decodeText(bytes);
  }
}

class Address {
  constructor(href) {
    this.href = String(href);
  }
}

function provide(name, value) {
  if (typeof globalThis[name] === 'undefined') globalThis[name] = value;
}

provide('TextEncoder', Encoder);
provide('TextDecoder', Decoder);
provide('URL', Address);
provide('atob', decodeBase64);
provide('performance', {now: () => Date.now()});
