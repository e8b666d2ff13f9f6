// Numbers as people read them.

/** Bytes in kB or MB, of a thousand. */
export function bytes(count, code) {
  const [value, unit] = count < 1e6 ? [count / 1e3, 'kB'] : [count / 1e6, 'MB'];
  return `${value.toLocaleString(code, {maximumSignificantDigits: 3})} ${unit}`;
}

/** Milliseconds, with as many digits as mean something. */
export function duration(milliseconds, code) {
  return `${milliseconds.toLocaleString(code, {maximumSignificantDigits: milliseconds < 1 ? 1 : milliseconds < 100 ? 2 : 3})} ms`;
}

/** A share in percent. */
export function percent(share, code, digits = 0) {
  return share.toLocaleString(code, {style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits});
}

/** The middle one of some numbers. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
