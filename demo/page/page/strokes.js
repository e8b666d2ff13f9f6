// What is on the paper, as it is drawn on any canvas: strokes of a pen, and pictures of 28 × 28 grey values.

export const SIZE = 280;
const PICTURE = 28;

const middle = ([ax, ay], [bx, by]) => [(ax + bx) / 2, (ay + by) / 2];

// As far as the middle of the way to point `at`, bent at the point before.
function segment(context, points, at) {
  const [before, here] = [points[at - 1], points[at]];
  const from = at < 2 ? before : middle(points[at - 2], before);
  const to = middle(before, here);
  context.lineWidth = here[2];
  context.beginPath();
  context.moveTo(from[0], from[1]);
  context.quadraticCurveTo(before[0], before[1], to[0], to[1]);
  context.stroke();
}

function end(context, points) {
  const [last, before] = [points.at(-1), points.at(-2) ?? points.at(-1)];
  const [x, y] = middle(before, last);
  context.lineWidth = last[2];
  context.beginPath();
  context.moveTo(x, y);
  // a line of no length is not drawn: a dot is a short one
  context.lineTo(last[0] + 0.01, last[1]);
  context.stroke();
}

/** Draws what a stroke of [x, y, width] points has had since point `from`. */
export function drawStroke(context, points, from = 0) {
  for (let at = Math.max(from, 1); at < points.length; at++) segment(context, points, at);
  end(context, points);
}

/** Draws a picture over all of the paper, smoothed. */
export function drawPicture(context, values) {
  const small = document.createElement('canvas');
  [small.width, small.height] = [PICTURE, PICTURE];
  const inside = small.getContext('2d');
  const image = inside.createImageData(PICTURE, PICTURE);
  values.forEach((value, i) => { image.data[4 * i + 3] = value; });
  inside.putImageData(image, 0, 0);
  inside.globalCompositeOperation = 'source-in';
  inside.fillStyle = context.strokeStyle;
  inside.fillRect(0, 0, PICTURE, PICTURE);
  context.imageSmoothingQuality = 'high';
  context.drawImage(small, 0, 0, SIZE, SIZE);
}
