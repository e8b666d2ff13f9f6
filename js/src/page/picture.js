// A picture from a file, dropped or pasted.

import {announce, button, element, uniqueId} from './dom.js';
import {problemBox, Problem} from './problem.js';

/** Lets files be dropped on `target`; it wears the class `over` meanwhile. */
export function acceptDrops(target, onFile) {
  const over = (event, is) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    target.classList.toggle('over', is);
  };
  target.addEventListener('dragover', (event) => over(event, true));
  target.addEventListener('dragleave', (event) => over(event, false));
  target.addEventListener('drop', (event) => {
    over(event, false);
    const file = event.dataTransfer?.files[0];
    if (file !== undefined) onFile(file);
  });
}

/** A button that opens the file picker, with the hidden input that does it. */
export function filePicker(label, accept, onFile) {
  const input = element('input', {
    type: 'file', accept, class: 'unseen', id: uniqueId('file'), tabIndex: -1, 'aria-label': label,
    on: {
      change: () => {
        if (input.files.length > 0) onFile(input.files[0]);
        input.value = '';
      },
    },
  });
  return [button(label, () => input.click()), input];
}

export class Picture {
  constructor(name, onChange) {
    this.name = name;
    this.onChange = onChange;
    this.bitmap = null;
    this.told = element('p', {class: 'hint'}, 'Or drop a picture here, or paste one.');
    this.element = element('div', {class: 'drop'}, filePicker('Choose a picture', 'image/*', (file) => this.open(file)), this.told);
  }

  /** Takes a file as the picture. */
  async open(file) {
    try {
      // Bytes as they are in the file, whatever colour profile it names.
      const bitmap = await createImageBitmap(file, {colorSpaceConversion: 'none'});
      this.bitmap?.close();
      this.bitmap = bitmap;
      this.told.replaceChildren(`${file.name}, ${bitmap.width} × ${bitmap.height} pixels`);
      announce(`Picture ${file.name} for ${this.name}.`);
      this.onChange();
    } catch {
      const problem = new Problem(`${file.name} is no picture that this browser can read.`, 'Give a PNG, JPEG, WebP or GIF file.');
      this.told.replaceChildren(problemBox(problem));
    }
  }

  source() {
    return this.bitmap === null ? null : {source: this.bitmap, size: [this.bitmap.width, this.bitmap.height]};
  }

  resize() {}

  stop() {}
}
