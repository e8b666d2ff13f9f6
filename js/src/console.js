// Everything that TensorFlow.js logs is kept here and handed to the caller: stdout belongs to the program.

const lines = [];

function keep(level) {
  return (...words) => {
    lines.push(`${level}: ${words.map(String).join(' ')}`);
  };
}

/** Stands in for the global `console` in the whole bundle (see build.mjs). */
export const console = {
  log: keep('log'),
  info: keep('info'),
  debug: keep('debug'),
  warn: keep('warn'),
  error: keep('error'),
  time() {},
  timeEnd() {},
};

/** Returns the lines logged since the last call. */
export function takeLogs() {
  return lines.splice(0, lines.length);
}
