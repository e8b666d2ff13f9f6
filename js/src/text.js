// UTF-8 and base64 for engines that have neither.

function utf8Length(text) {
  let length = 0;
  for (const character of text) {
    const code = character.codePointAt(0);
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return length;
}

/** Text to UTF-8 bytes; a lone surrogate becomes U+FFFD, as in TextEncoder. */
export function encodeText(text) {
  const wellFormed = String(text).toWellFormed();
  const bytes = new Uint8Array(utf8Length(wellFormed));
  let at = 0;
  for (const character of wellFormed) {
    const code = character.codePointAt(0);
    if (code < 0x80) {
      bytes[at++] = code;
      continue;
    }
    const trailing = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    bytes[at++] = [0, 0xc0, 0xe0, 0xf0][trailing] | (code >> (6 * trailing));
    for (let left = trailing - 1; left >= 0; left--) bytes[at++] = 0x80 | ((code >> (6 * left)) & 0x3f);
  }
  return bytes;
}

// The trailing bytes that a lead byte announces, and the least code point that they may spell (overlong forms are invalid).
function sequenceOf(lead) {
  if (lead >= 0xc2 && lead < 0xe0) return {trailing: 1, least: 0x80, code: lead & 0x1f};
  if (lead >= 0xe0 && lead < 0xf0) return {trailing: 2, least: 0x800, code: lead & 0x0f};
  if (lead >= 0xf0 && lead < 0xf5) return {trailing: 3, least: 0x10000, code: lead & 0x07};
  return null;
}

function decodeSequence(bytes, at) {
  const sequence = sequenceOf(bytes[at]);
  if (sequence === null) return {code: 0xfffd, length: 1};
  let code = sequence.code;
  for (let i = 1; i <= sequence.trailing; i++) {
    if ((bytes[at + i] & 0xc0) !== 0x80) return {code: 0xfffd, length: i};
    code = (code << 6) | (bytes[at + i] & 0x3f);
  }
  const valid = code >= sequence.least && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return {code: valid ? code : 0xfffd, length: sequence.trailing + 1};
}

/** UTF-8 bytes to text; what is not UTF-8 becomes U+FFFD. */
export function decodeText(source) {
  if (source === undefined) return '';
  const bytes = source instanceof ArrayBuffer ? new Uint8Array(source) : source;
  const pieces = [];
  let piece = '';
  for (let at = 0; at < bytes.length;) {
    if (bytes[at] < 0x80) {
      piece += String.fromCharCode(bytes[at++]);
    } else {
      const {code, length} = decodeSequence(bytes, at);
      piece += String.fromCodePoint(code);
      at += length;
    }
    if (piece.length > 8192) {
      pieces.push(piece);
      piece = '';
    }
  }
  return pieces.join('') + piece;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** `atob`: base64 to a string with one character a byte. */
export function decodeBase64(text) {
  let binary = '';
  let bits = 0;
  let held = 0;
  for (const character of String(text).replace(/[\s=]/g, '')) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) throw new Error(`The string to be decoded is not base64: '${character}'`);
    held = (held << 6) | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      binary += String.fromCharCode((held >> bits) & 0xff);
      held &= (1 << bits) - 1;
    }
  }
  return binary;
}
