// The paper: it is drawn on by mouse, finger, pen or keys, and each step can be undone.

import {button, element} from './dom.js';
import {drawPicture, drawStroke, SIZE} from './strokes.js';

const SCREEN = 840;
const PEN = 22;
const STEP = 8;
const ARROWS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

function canvasOf(side, options) {
  const canvas = element('canvas', {width: side, height: side});
  const context = canvas.getContext('2d', options);
  context.scale(side / SIZE, side / SIZE);
  [context.lineCap, context.lineJoin] = ['round', 'round'];
  return context;
}

const inside = (value) => Math.min(Math.max(value, 0), SIZE);

export class Paper {
  /** `onChange` is called whenever the ink has changed. */
  constructor(language, onChange) {
    this.onChange = onChange;
    this.steps = [];
    this.stroke = null;
    this.cursor = null;
    // What the eye sees has the colours of the page; what the model sees is ink alone, and small.
    this.screen = canvasOf(SCREEN);
    this.ink = canvasOf(SIZE, {willReadFrequently: true});
    this.canvas = this.screen.canvas;
    this.undoButton = button('', () => this.undo());
    this.clearButton = button('', () => this.clear());
    const [pointers, keys] = [element('span'), element('span', {class: 'keys'})];
    const hint = element('p', {class: 'hint', id: 'paper-hint'}, pointers, ' ', keys);
    this.invitation = element('p', {class: 'invitation', 'aria-hidden': 'true'});
    this.marker = element('span', {class: 'marker', hidden: true});
    Object.assign(this.canvas, {className: 'paper', tabIndex: 0});
    this.canvas.setAttribute('role', 'img');
    this.canvas.setAttribute('aria-describedby', hint.id);
    this.element = element('div', {}, element('div', {class: 'paper-frame'}, this.canvas, this.invitation, this.marker),
      element('div', {class: 'tools'}, this.undoButton, this.clearButton, hint));
    language.show((text) => {
      this.canvas.setAttribute('aria-label', text.paperLabel);
      [this.undoButton.textContent, this.clearButton.textContent] = [text.undo, text.clear];
      [pointers.textContent, keys.textContent] = [text.pointers, text.keys];
      this.invitation.textContent = text.invitation;
    });
    this.listen();
    this.redraw();
  }

  listen() {
    const {canvas} = this;
    canvas.addEventListener('pointerdown', (event) => {
      if (event.button !== 0 || this.stroke !== null) return;
      canvas.setPointerCapture(event.pointerId);
      this.pointer = event.pointerId;
      this.begin(this.point(event));
    });
    canvas.addEventListener('pointermove', (event) => {
      if (this.stroke === null || event.pointerId !== this.pointer) return;
      const steps = event.getCoalescedEvents?.() ?? [];
      (steps.length > 0 ? steps : [event]).forEach((step) => this.extend(this.point(step)));
    });
    for (const name of ['pointerup', 'pointercancel']) {
      canvas.addEventListener(name, (event) => {
        if (event.pointerId === this.pointer) this.stroke = null;
      });
    }
    canvas.addEventListener('keydown', (event) => this.key(event));
    canvas.addEventListener('blur', () => this.pointAt(null));
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.redraw());
  }

  // A pen that is pressed draws thicker.
  point({clientX, clientY, pointerType, pressure}) {
    const box = this.canvas.getBoundingClientRect();
    const width = pointerType === 'pen' && pressure > 0 ? PEN * (0.6 + 0.8 * pressure) : PEN;
    return [inside((clientX - box.left) / box.width * SIZE), inside((clientY - box.top) / box.height * SIZE), width];
  }

  begin(point) {
    this.stroke = [point];
    this.steps.push({stroke: this.stroke});
    this.draw(0);
  }

  extend(point) {
    const [x, y] = this.stroke.at(-1);
    if (Math.hypot(point[0] - x, point[1] - y) < 1) return;
    this.stroke.push(point);
    this.draw(this.stroke.length - 1);
  }

  draw(from) {
    for (const context of [this.screen, this.ink]) drawStroke(context, this.stroke, from);
    this.changed();
  }

  /** Puts a picture of 28 × 28 bytes in the place of what is on the paper. */
  put(picture) {
    this.stroke = null;
    this.steps.push({picture});
    this.redraw();
    this.changed();
  }

  clear() {
    if (this.isEmpty()) return;
    this.stroke = null;
    this.steps.push({});
    this.redraw();
    this.changed();
  }

  undo() {
    this.stroke = null;
    if (this.steps.pop() === undefined) return;
    this.redraw();
    this.changed();
  }

  isEmpty() {
    const last = this.steps.at(-1);
    return last === undefined || (last.stroke === undefined && last.picture === undefined);
  }

  redraw() {
    const colour = getComputedStyle(document.documentElement).getPropertyValue('--ink-on-paper').trim();
    // What lies under a picture, or was cleared away, is not seen.
    const first = this.steps.findLastIndex((step) => step.stroke === undefined);
    for (const context of [this.screen, this.ink]) {
      context.strokeStyle = context === this.screen && colour !== '' ? colour : '#000';
      context.clearRect(0, 0, SIZE, SIZE);
      for (const {stroke, picture} of this.steps.slice(Math.max(first, 0))) {
        if (picture !== undefined) drawPicture(context, picture);
        if (stroke !== undefined) drawStroke(context, stroke);
      }
    }
    this.show();
  }

  changed() {
    this.show();
    this.onChange();
  }

  show() {
    this.undoButton.disabled = this.steps.length === 0;
    this.clearButton.disabled = this.isEmpty();
    this.invitation.hidden = !this.isEmpty();
  }

  // Without a pointer: arrows move a cursor, and draw while Shift is held.
  key(event) {
    const undoes = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'z';
    if (undoes) this.undo();
    else if (event.key === 'Delete' || event.key === 'Backspace') this.clear();
    else if (!(event.key in ARROWS)) return;
    else this.move(ARROWS[event.key], event.shiftKey);
    event.preventDefault();
  }

  move([dx, dy], draws) {
    const [x, y] = this.cursor ?? [SIZE / 2, SIZE / 2];
    const next = [inside(x + dx * STEP), inside(y + dy * STEP), PEN];
    if (!draws) this.stroke = null;
    else if (this.stroke === null) this.begin([x, y, PEN]);
    if (draws) this.extend(next);
    this.pointAt(next);
  }

  pointAt(at) {
    this.cursor = at;
    this.marker.hidden = at === null;
    if (at === null) return;
    [this.marker.style.left, this.marker.style.top] = at.map((place) => `${100 * place / SIZE}%`);
  }

  /** The ink: SIZE × SIZE bytes, 0 for paper. */
  read() {
    const {data} = this.ink.getImageData(0, 0, SIZE, SIZE);
    return Uint8Array.from({length: SIZE * SIZE}, (_, i) => data[4 * i + 3]);
  }
}
