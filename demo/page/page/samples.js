// Digits that people wrote, of the test set: pictures that the models have not been trained with.

import {element} from './dom.js';

const SIDE = 28;

function valuesOf(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

// Grey values as transparency, so that the page's colours hold.
function thumbnail(values) {
  const canvas = element('canvas', {width: SIDE, height: SIDE, 'aria-hidden': 'true'});
  return {canvas, draw() {
    const context = canvas.getContext('2d');
    const image = context.createImageData(SIDE, SIDE);
    values.forEach((value, i) => { image.data[4 * i + 3] = value; });
    context.putImageData(image, 0, 0);
    context.globalCompositeOperation = 'source-in';
    context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--ink-on-paper').trim() || '#000';
    context.fillRect(0, 0, SIDE, SIDE);
    context.globalCompositeOperation = 'source-over';
  }};
}

/** Buttons for samples ({label, pixels}); `choose` gets the bytes of the one that is pressed. */
export function samples(found, language, choose) {
  const title = element('h3', {id: 'samples-title'});
  const rows = found.images.map(({label, pixels}) => {
    const values = valuesOf(pixels);
    const {canvas, draw} = thumbnail(values);
    const press = element('button', {type: 'button', class: 'sample', on: {click: () => choose(values)}}, canvas);
    return {press, label, draw};
  });
  const seen = {};
  const names = rows.map(({label}) => [label, seen[label] = (seen[label] ?? 0) + 1]);
  language.show((text) => {
    title.textContent = text.samples(found.name);
    rows.forEach(({press}, i) => press.setAttribute('aria-label', text.sample(...names[i])));
  });
  const redraw = () => rows.forEach(({draw}) => draw());
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  redraw();
  return [title, element('div', {class: 'sample-row', role: 'group', 'aria-labelledby': title.id}, rows.map(({press}) => press))];
}
