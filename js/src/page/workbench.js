// The page of a loaded model: backends, inputs, the run, outputs and times.

import {about} from './about.js';
import {announce, button, checkbox, choice, element, uniqueId} from './dom.js';
import {InputCard} from './input_card.js';
import {OutputCard} from './output_card.js';
import {describePort, imageLayout} from './ports.js';
import {explain, problemBox} from './problem.js';
import {Runner} from './runner.js';
import {Sizes} from './sizes.js';
import {Timing} from './timing.js';
import {duration} from './values.js';

function region(title, className, ...children) {
  const heading = element('h2', {id: uniqueId('region')}, title);
  return element('section', {class: className, 'aria-labelledby': heading.id}, heading, children);
}

export class Workbench {
  constructor(runtime, json, available) {
    this.runtime = runtime;
    this.ran = false;
    const {inputs, outputs, asynchronous} = runtime.describe();
    const names = json.userDefinedMetadata?.totfjs?.inputs;
    this.ports = inputs.map((port) => describePort(port, names?.[port.name]));
    const ends = outputs.map((port) => describePort(port, null));
    this.sizes = new Sizes(this.ports, this.ports.map(imageLayout), () => this.resize());
    this.inputs = this.ports.map((port) => new InputCard(port, this.sizes, () => this.runner.change()));
    this.outputs = ends.map((port) => new OutputCard(port, json.userDefinedMetadata));
    this.timing = new Timing();
    this.runner = new Runner(runtime, this.surface());
    this.runner.live = this.ports.some((port) => imageLayout(port) !== null);
    this.element = this.build(available, about(json, {inputs: this.ports, outputs: ends, asynchronous}, runtime.layers));
    this.listen();
  }

  surface() {
    return {
      collect: (quiet) => this.collect(quiet),
      busy: (text) => this.busy(text),
      done: (result, live) => this.done(result, live),
      failed: (error, doing) => this.failed(error, doing),
    };
  }

  build(available, details) {
    this.runButton = button('Run', () => this.runner.run(), {class: 'button primary', 'aria-keyshortcuts': 'Control+Enter'});
    this.measureButton = button('Measure', () => this.measure());
    this.state = element('p', {class: 'state'});
    this.problem = element('div', {class: 'wrong'});
    const live = checkbox('Run on every change', this.runner.live, (on) => {
      this.runner.live = on;
      if (on) this.runner.change();
    });
    return element('div', {class: 'bench', 'data-state': 'idle'},
      region('Inputs', 'inputs', this.sizes.element, this.inputs.map((card) => card.element),
        this.inputs.length === 0 ? element('p', {class: 'hint'}, 'This model takes none.') : null),
      element('div', {class: 'side'},
        region('Run', 'run card', this.backends(available),
          element('div', {class: 'row'}, this.runButton, this.measureButton, live), this.state, this.problem, this.timing.element),
        region('Outputs', 'outputs', this.outputs.map((card) => card.element))),
      details);
  }

  backends(available) {
    const rows = available.map(({name, reason}) => ({value: name, label: name, disabled: reason !== null, reason}));
    return choice('Backend', rows, this.runtime.backend, (name) => this.use(name), 'backends');
  }

  listen() {
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) this.runner.run();
    });
    document.addEventListener('paste', (event) => {
      const file = [...event.clipboardData.files][0];
      if (file === undefined) return;
      const focused = this.inputs.find((card) => card.element.contains(document.activeElement));
      (focused ?? this.inputs.find((card) => card.layout !== null) ?? this.inputs[0])?.take(file);
    });
  }

  resize() {
    this.inputs.forEach((card) => card.resize());
    this.runner.change();
  }

  collect(quiet) {
    const values = this.inputs.map((card) => card.value(quiet));
    if (values.includes(null)) return null;
    return Object.fromEntries(this.ports.map(({name}, i) => [name, values[i]]));
  }

  busy(text) {
    this.element.setAttribute('aria-busy', String(text !== null));
    this.element.dataset.state = text === null ? 'idle' : 'busy';
    if (text !== null) this.problem.replaceChildren();
    // Nothing came of it: an input is not ready.
    else if (this.state.textContent.endsWith('…')) this.state.textContent = '';
    if (text !== null) this.state.textContent = `${text}…`;
  }

  done({outputs, milliseconds}, live) {
    this.ran = true;
    this.problem.replaceChildren();
    outputs.forEach((value, i) => this.outputs[i].show(value));
    this.timing.add(milliseconds, this.runtime.memory());
    this.state.textContent = `${this.runtime.backend}: ${duration(milliseconds)}`;
    this.tell(`Done in ${duration(milliseconds)}. ${this.outputs.map((card) => card.summary()).join('. ')}.`, live ? 700 : 0);
  }

  // While results follow each other, only the one that stays is spoken.
  tell(text, delay) {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => announce(text), delay);
  }

  failed(error, doing) {
    this.state.textContent = '';
    const problem = explain(error, doing);
    // A camera's pictures fail one like the other: once said is enough.
    if (this.problem.querySelector('.problem-what')?.textContent !== problem.message) this.problem.replaceChildren(problemBox(problem));
  }

  async measure() {
    const series = await this.runner.measure();
    if (series !== null) this.tell(this.timing.measured(series), 0);
  }

  /** Another backend: the inputs stay, and what was computed is computed again. */
  async use(name) {
    this.timing.reset();
    if (await this.runner.use(name) === null) return;
    await this.showDevice();
    if (this.ran) await this.runner.run();
    else announce(`${name} is ready.`);
  }

  async showDevice() {
    this.timing.on(await this.runtime.device());
    this.state.textContent = `${this.runtime.backend} is ready`;
  }
}
