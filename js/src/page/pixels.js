// A picture as the numbers that a model takes: resized, its colours chosen, scaled, and laid out.

// How 0…255 becomes a model's numbers; `range` is what a preview shows as black and white.
export const SCALES = {
  unit: {label: '0 to 1', of: (x) => x / 255, range: [0, 1]},
  signed: {label: '−1 to 1', of: (x) => x / 127.5 - 1, range: [-1, 1]},
  bytes: {label: '0 to 255', of: (x) => x, range: [0, 255]},
  imagenet: {label: 'ImageNet’s mean and deviation', of: (x, c) => (x / 255 - MEAN[c]) / DEVIATION[c], range: [-2.118, 2.64]},
};
const MEAN = [0.485, 0.456, 0.406];
const DEVIATION = [0.229, 0.224, 0.225];

export const FITS = {fit: 'Fit, with black borders', fill: 'Fill, cut the edges', stretch: 'Stretch'};

/** Where a picture of `from` ([width, height]) lies in one of `to`: [x, y, width, height]. */
function place([fromWidth, fromHeight], [width, height], fit) {
  if (fit === 'stretch') return [0, 0, width, height];
  const ratios = [width / fromWidth, height / fromHeight];
  const ratio = fit === 'fit' ? Math.min(...ratios) : Math.max(...ratios);
  const [w, h] = [fromWidth * ratio, fromHeight * ratio];
  return [(width - w) / 2, (height - h) / 2, w, h];
}

/** The pixels of a picture (anything that a canvas draws) in the given size, as RGBA bytes. */
export function resize(source, from, [width, height], fit, transparent) {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext('2d', {willReadFrequently: true});
  if (!transparent) context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(source, ...place(from, [width, height], fit));
  return context.getImageData(0, 0, width, height).data;
}

// Grey as PIL's convert("L") has it, rounded to a byte.
const grey = (r, g, b) => (19595 * r + 38470 * g + 7471 * b + 32768) >> 16;

/** RGBA bytes as the elements of an input: `layout` says which axes are which, `how` is {scale, grayscale, invert}. */
export function pack(rgba, [width, height], shape, layout, dtype, how) {
  const scale = SCALES[how.scale].of;
  const {channels} = layout;
  const data = new (dtype === 'int32' ? Int32Array : Float32Array)(width * height * channels);
  const step = layout.c !== null && layout.c < layout.h ? {pixel: 1, channel: width * height} : {pixel: channels, channel: 1};
  for (let i = 0; i < width * height; i++) {
    const [r, g, b, a] = rgba.subarray(4 * i, 4 * i + 4);
    const colours = channels === 1 || how.grayscale ? Array(3).fill(grey(r, g, b)) : [r, g, b];
    for (let c = 0; c < channels; c++) {
      const byte = c === 3 ? a : how.invert ? 255 - colours[c] : colours[c];
      const x = scale(byte, c === 3 ? 0 : c);
      data[i * step.pixel + c * step.channel] = dtype === 'int32' ? Math.round(x) : x;
    }
  }
  return repeat(data, layout.batch === null ? 1 : shape[layout.batch]);
}

// A model with a batch gets the same picture in each of its places.
function repeat(data, times) {
  if (times === 1) return data;
  const all = new data.constructor(data.length * times);
  for (let i = 0; i < times; i++) all.set(data, i * data.length);
  return all;
}
