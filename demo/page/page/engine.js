// What reads the drawing: the model, how its weights are stored, and the backend; each with its size, accuracy and time.

import {button, element} from './dom.js';
import {Choice} from './choice.js';
import {bytes, duration, percent} from './format.js';

const NONE = '–';
const STORED = ['none', 'uint16', 'float16', 'uint8'];

function accuracyOf({accuracy}, text, code) {
  if (accuracy === null) return text.unknown;
  const share = percent(accuracy.share, code, 2);
  return accuracy.of === 'converted' ? share : [share, element('span', {class: 'star', title: text.ofTraining}, '*')];
}

function backendsFirst(name, backends, chosen) {
  return backends.find((each) => each.name === name && each.reason === null)?.name ?? chosen;
}

export class Engine {
  /** `manifest` is models.json, `backends` those of TensorFlow.js; `onChange(model, backend)` is called with what is chosen. */
  constructor(language, reader, manifest, backends, onChange) {
    this.language = language;
    this.reader = reader;
    this.models = manifest.models;
    this.backends = backends;
    this.onChange = onChange;
    const usable = backends.filter(({reason}) => reason === null);
    const [name, backend] = decodeURIComponent(location.hash.slice(1)).split('/');
    this.model = this.models.find((model) => model.name === name) ?? this.models[0];
    this.backend = backendsFirst(backend, backends, usable[0].name);
    this.now = null;
    this.place = document.getElementById('engine');
    this.state = element('p', {class: 'state'});
    this.bar = element('progress', {max: 1, hidden: true, 'aria-hidden': 'true'});
    this.all = button('', () => this.timeAll());
    this.build();
  }

  // The models of one network differ in how their weights are stored.
  family() {
    return this.models.filter(({model}) => model === this.model.model)
      .sort((a, b) => STORED.indexOf(a.quantization) - STORED.indexOf(b.quantization));
  }

  build() {
    const {language} = this;
    const networks = [...new Map(this.models.map((each) => [each.model, each])).values()];
    this.networks = networks.length < 2 ? null : new Choice(language, {
      key: 'network', columns: ['name', 'numbers'],
      rows: networks.map((each) => ({value: each.model, reason: null, cells: (text, code) => [
        each.framework ?? each.model, each.parameters?.toLocaleString(code) ?? NONE,
      ]})),
    }, (value) => this.chooseNetwork(value));
    this.weightsPlace = element('div');
    this.engines = new Choice(language, {
      key: 'backend', columns: ['name', 'runsOn', 'time'],
      rows: this.backends.map(({name, reason, code: lack}) => ({
        value: name, reason: reason === null ? null : (text) => text.lacks[lack] ?? reason,
        cells: (text, code) => [name, text.devices[name], this.timeText(this.model, name, code)],
      })),
    }, (value) => this.choose(this.model, value));
    this.buildWeights();
    this.place.append(element('div', {class: 'choices'}, this.networks?.element ?? null, this.weightsPlace, this.engines.element),
      element('div', {class: 'timing'}, this.all, this.bar, this.state));
    language.show((text) => {
      this.all.textContent = text.timeAll;
      this.say(this.now);
    });
    this.mark();
    this.place.hidden = false;
  }

  buildWeights() {
    this.weights?.forget();
    const family = this.family();
    const measured = family.some(({accuracy}) => accuracy !== null && accuracy.of !== 'converted');
    this.weights = new Choice(this.language, {
      key: 'weights', columns: ['storedAs', 'size', 'download', 'accuracy', 'time'], note: measured ? (text) => text.star : null,
      rows: family.map((each) => ({value: each.name, reason: null, cells: (text, code) => [
        text.stored[each.quantization] ?? each.quantization, bytes(each.bytes, code), bytes(each.brotli ?? each.gzip, code),
        accuracyOf(each, text, code), this.timeText(each, this.backend, code),
      ]})),
    }, (value) => this.choose(this.models.find(({name}) => name === value), this.backend));
    this.weightsPlace.replaceChildren(this.weights.element);
  }

  timeText(model, backend, code) {
    const time = this.reader.time(model, backend);
    return time === null ? NONE : duration(time, code);
  }

  chooseNetwork(value) {
    const rows = this.models.filter(({model}) => model === value);
    const next = rows.find(({quantization}) => quantization === this.model.quantization) ?? rows[0];
    this.choose(next, this.backend);
    this.buildWeights();
    this.mark();
  }

  choose(model, backend) {
    [this.model, this.backend] = [model, backend];
    this.mark();
    this.render();
    history.replaceState(null, '', `#${encodeURIComponent(model.name)}/${backend}`);
    this.onChange(model, backend);
  }

  mark() {
    this.networks?.choose(this.model.model);
    this.weights.choose(this.model.name);
    this.engines.choose(this.backend);
  }

  /** Shows the times that are known now. */
  render() {
    this.weights.render();
    this.engines.render();
    this.say(this.now);
  }

  async timeAll() {
    this.all.disabled = true;
    await this.reader.timeAll(this.family(), this.backends.filter(({reason}) => reason === null).map(({name}) => name));
    this.all.disabled = false;
  }

  /** What is under way: {model, backend, share of the bytes that have come}, or null when nothing is. */
  say(now) {
    const {text, code} = this.language;
    this.now = now;
    this.place.classList.toggle('busy', now !== null);
    this.bar.hidden = now === null;
    if (now?.share === null) this.bar.removeAttribute('value');
    else if (now !== null) this.bar.value = now.share;
    if (now !== null) this.state.textContent = text.loading(text.stored[now.model.quantization] ?? now.model.name, now.backend);
    else this.state.textContent = text.ready(this.timeText(this.model, this.backend, code), this.backend);
  }
}
