// Numbers as a picture on a canvas, the other way round than pixels.js.

/** How to read the element (row, column, channel) of a value that has a picture's layout; `item` is its place in the batch. */
function reader(shape, layout, item) {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((size, dim) => size * dim, 1));
  const start = layout.batch === null ? 0 : item * strides[layout.batch];
  const channel = layout.c === null ? 0 : strides[layout.c];
  return (y, x, c) => start + y * strides[layout.h] + x * strides[layout.w] + c * channel;
}

/**
 * Draws a value on `canvas`: `range` becomes black to white. `channel` chooses one of many as grey; null takes the first one, three or four
 * as grey, RGB or RGBA.
 */
export function raster(canvas, {shape, data}, layout, {range: [low, high], item = 0, channel = null}) {
  const [height, width] = [shape[layout.h], shape[layout.w]];
  [canvas.width, canvas.height] = [Math.max(width, 1), Math.max(height, 1)];
  if (width * height === 0) return;
  const at = reader(shape, layout, item);
  const factor = high > low ? 255 / (high - low) : 0;
  const byte = (y, x, c) => (data[at(y, x, c)] - low) * factor;
  const image = new ImageData(width, height);
  const colour = channel === null && layout.channels >= 3;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = 4 * (y * width + x);
      for (let c = 0; c < 3; c++) image.data[i + c] = byte(y, x, colour ? c : channel ?? 0);
      image.data[i + 3] = colour && layout.channels === 4 ? byte(y, x, 3) : 255;
    }
  }
  canvas.getContext('2d').putImageData(image, 0, 0);
}
