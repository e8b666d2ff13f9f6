// A canvas to draw on, with a pen, a mouse or a finger; buttons and keys do the same without one.

import {announce, button, choice, element} from './dom.js';

const LONGEST = 280;
const SAMPLES = {
  Stroke: (pen, w, h) => path(pen, [[w * 0.52, h * 0.2], [w * 0.48, h * 0.8]]),
  Ring: (pen, w, h) => ring(pen, w, h),
  Cross: (pen, w, h) => {
    path(pen, [[w * 0.25, h * 0.25], [w * 0.75, h * 0.75]]);
    path(pen, [[w * 0.75, h * 0.25], [w * 0.25, h * 0.75]]);
  },
  Seven: (pen, w, h) => path(pen, [[w * 0.28, h * 0.24], [w * 0.72, h * 0.24], [w * 0.45, h * 0.8]]),
};
const ARROWS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

function path(context, points) {
  context.beginPath();
  points.forEach(([x, y], i) => i === 0 ? context.moveTo(x, y) : context.lineTo(x, y));
  context.stroke();
}

function ring(context, width, height) {
  context.beginPath();
  context.ellipse(width / 2, height / 2, width * 0.22, height * 0.3, 0, 0, 2 * Math.PI);
  context.stroke();
}

/** White ink on black paper, in the proportions of the model's input. */
export class Draw {
  constructor(name, onChange) {
    this.onChange = onChange;
    this.thickness = 0.08;
    this.down = false;
    this.canvas = element('canvas', {class: 'paper', tabIndex: 0, role: 'img', 'aria-label': `Drawing for ${name}`});
    this.context = this.canvas.getContext('2d', {willReadFrequently: true});
    this.cursor = null;
    this.element = element('div', {class: 'draw'}, this.canvas, this.tools());
    this.listen();
  }

  tools() {
    const samples = Object.keys(SAMPLES).map((name) => button(name, () => this.sample(name), {class: 'button small'}));
    const rows = [['thin', 'Thin'], ['middle', 'Middle'], ['thick', 'Thick']].map(([value, label]) => ({value, label}));
    return element('div', {class: 'draw-tools'},
      choice('Pen', rows, 'middle', (value) => this.setPen(value), 'small'),
      element('div', {class: 'row', role: 'group', 'aria-label': 'Samples to draw'},
        samples, button('Noise', () => this.noise(), {class: 'button small'}), button('Clear', () => this.clear(), {class: 'button small'})),
      element('p', {class: 'hint'}, 'Draw with a pointer, or with the arrow keys while Shift is held; Delete clears.'));
  }

  setPen(size) {
    this.thickness = {thin: 0.05, middle: 0.08, thick: 0.13}[size];
    this.prepare();
  }

  /** Gives the paper the proportions of a picture of this size; what was drawn stays where the proportions do. */
  resize(width, height) {
    const ratio = LONGEST / Math.max(width, height, 1);
    const size = [width, height].map((side) => Math.max(1, Math.round(side * ratio)));
    if (size[0] === this.canvas.width && size[1] === this.canvas.height) return;
    [this.canvas.width, this.canvas.height] = size;
    this.fill();
  }

  prepare() {
    const {context} = this;
    context.strokeStyle = '#fff';
    [context.lineCap, context.lineJoin] = ['round', 'round'];
    context.lineWidth = this.thickness * LONGEST;
  }

  fill() {
    this.context.fillStyle = '#000';
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.cursor = null;
    this.prepare();
  }

  clear() {
    this.fill();
    announce('The drawing is empty.');
    this.onChange();
  }

  sample(name) {
    this.fill();
    SAMPLES[name](this.context, this.canvas.width, this.canvas.height);
    announce(`Drawn: ${name.toLowerCase()}.`);
    this.onChange();
  }

  noise() {
    const image = this.context.createImageData(this.canvas.width, this.canvas.height);
    for (let i = 0; i < image.data.length; i++) image.data[i] = i % 4 === 3 ? 255 : Math.random() * 256;
    this.context.putImageData(image, 0, 0);
    announce('Drawn: noise.');
    this.onChange();
  }

  listen() {
    const {canvas} = this;
    canvas.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.down = true;
      this.to(this.point(event), true);
    });
    canvas.addEventListener('pointermove', (event) => {
      if (!this.down) return;
      const steps = event.getCoalescedEvents?.() ?? [];
      for (const step of steps.length > 0 ? steps : [event]) this.to(this.point(step));
    });
    for (const end of ['pointerup', 'pointercancel']) canvas.addEventListener(end, () => this.lift());
    canvas.addEventListener('keydown', (event) => this.key(event));
  }

  point({clientX, clientY}) {
    const box = this.canvas.getBoundingClientRect();
    return [(clientX - box.left) / box.width * this.canvas.width, (clientY - box.top) / box.height * this.canvas.height];
  }

  /** Draws from where the pen is, or begins there. */
  to(point, fresh = false) {
    path(this.context, [fresh || this.cursor === null ? point : this.cursor, point]);
    this.cursor = point;
    this.onChange();
  }

  lift() {
    this.down = false;
    this.cursor = null;
  }

  key(event) {
    if (event.key === 'Delete' || event.key === 'Backspace') this.clear();
    const direction = ARROWS[event.key];
    if (direction === undefined) return;
    event.preventDefault();
    const {width, height} = this.canvas;
    const [x, y] = this.cursor ?? [width / 2, height / 2];
    const next = [x + direction[0] * 8, y + direction[1] * 8].map((at, i) => Math.min(Math.max(at, 0), [width, height][i]));
    if (event.shiftKey) this.to(next, this.cursor === null);
    else this.cursor = next;
  }

  /** The picture now. */
  source() {
    return {source: this.canvas, size: [this.canvas.width, this.canvas.height]};
  }

  stop() {}
}
