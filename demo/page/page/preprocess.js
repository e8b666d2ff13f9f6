// A drawing becomes what the digits of MNIST are: 28 × 28 grey values, the ink in a box of 20 × 20, its centre of mass in the middle.

export const SIDE = 28;
const BOX = 20;
// Where the centre of mass of the digits of MNIST lies: on the middle of pixel 14.
const CENTRE = 14.5;
// Of the darkest ink: paler is the soft edge of a stroke, which the box does not count.
const EDGE = 0.25;

// The sums of the rows and of the columns, and the highest value.
function measure(ink, width, height) {
  const [columns, rows] = [new Float64Array(width), new Float64Array(height)];
  let darkest = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = ink[y * width + x];
      if (value === 0) continue;
      columns[x] += value;
      rows[y] += value;
      if (value > darkest) darkest = value;
    }
  }
  return {columns, rows, darkest};
}

// The first row and column with ink, and those after the last.
function boxOf(ink, width, height, least) {
  let [left, right, top, bottom] = [width, 0, height, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (ink[y * width + x] < least) continue;
      if (x < left) left = x;
      if (x >= right) right = x + 1;
      if (y < top) top = y;
      bottom = y + 1;
    }
  }
  return {left, right, top, bottom};
}

function centreOf(sums) {
  let [moment, mass] = [0, 0];
  sums.forEach((sum, at) => {
    moment += sum * (at + 0.5);
    mass += sum;
  });
  return moment / mass;
}

// Where the first of the 28 pixels begins in the drawing: the centre of mass comes to the middle, the box stays inside.
function originOf(centre, from, to, scale) {
  const first = Math.min(Math.max(CENTRE - (centre - from) / scale, 0), SIDE - (to - from) / scale);
  return from - first * scale;
}

// For each of the 28 pixels, the drawing's pixels that it covers along one axis, each with its share.
function coverings(origin, scale, length) {
  return Array.from({length: SIDE}, (_, i) => {
    const [from, to] = [Math.max(origin + i * scale, 0), Math.min(origin + (i + 1) * scale, length)];
    const shares = [];
    for (let at = Math.floor(from); at < to; at++) shares.push([at, (Math.min(at + 1, to) - Math.max(at, from)) / scale]);
    return shares;
  });
}

/**
 * The 784 values from 0 to 1 that a model takes, of `ink`: `width` × `height` values from 0 (paper) up, row by row. Null where
 * there is no ink. A drawing keeps its proportions; each pixel is the mean of what it covers.
 */
export function prepare(ink, width, height) {
  const {columns, rows, darkest} = measure(ink, width, height);
  if (darkest === 0) return null;
  const {left, right, top, bottom} = boxOf(ink, width, height, darkest * EDGE);
  const scale = Math.max(right - left, bottom - top) / BOX;
  const across = coverings(originOf(centreOf(columns), left, right, scale), scale, width);
  const down = coverings(originOf(centreOf(rows), top, bottom, scale), scale, height);
  const squeezed = new Float32Array(SIDE * height);
  for (let y = 0; y < height; y++) {
    if (rows[y] === 0) continue;
    across.forEach((shares, x) => {
      for (const [at, share] of shares) squeezed[y * SIDE + x] += ink[y * width + at] * share;
    });
  }
  const pixels = new Float32Array(SIDE * SIDE);
  down.forEach((shares, y) => {
    for (const [at, share] of shares) {
      for (let x = 0; x < SIDE; x++) pixels[y * SIDE + x] += squeezed[at * SIDE + x] * share;
    }
  });
  // A thin pen, made small, is pale; the digits of MNIST are not.
  const highest = pixels.reduce((most, value) => Math.max(most, value), 0);
  return pixels.map((value) => value / highest);
}
