// Pictures from the camera, as long as the user lets it run.

import {announce, button, element} from './dom.js';
import {problemBox, Problem} from './problem.js';

const REFUSALS = {
  NotAllowedError: ['The browser does not let this page use the camera.', 'Allow it in the browser’s site settings, and start the camera again.'],
  NotFoundError: ['There is no camera here.', 'Connect one, or choose a picture instead.'],
  NotReadableError: ['Another program uses the camera.', 'Close it, and start the camera again.'],
};

function refusal(error) {
  if (!globalThis.isSecureContext || navigator.mediaDevices === undefined) {
    return new Problem('Browsers give the camera to pages from https or localhost only.', 'Open this page from there.');
  }
  const [message, remedy] = REFUSALS[error.name] ?? ['The camera did not start.', 'Choose a picture instead.'];
  return new Problem(message, remedy, String(error));
}

export class Camera {
  constructor(name, onChange) {
    this.onChange = onChange;
    this.stream = null;
    this.frame = 0;
    this.video = element('video', {muted: true, playsInline: true, class: 'paper', 'aria-label': `Camera for ${name}`});
    this.toggle = button('Start the camera', () => this.stream === null ? this.start() : this.stop());
    this.told = element('div', {});
    this.element = element('div', {class: 'camera'}, this.video, element('div', {class: 'row'}, this.toggle), this.told);
  }

  async start() {
    this.told.replaceChildren();
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({video: {facingMode: 'environment'}});
      this.video.srcObject = this.stream;
      await this.video.play();
      this.toggle.textContent = 'Stop the camera';
      announce('The camera runs.');
      this.next();
    } catch (error) {
      this.stop();
      this.told.replaceChildren(problemBox(refusal(error)));
    }
  }

  // Each new frame is a change; the page takes one when it is done with the last.
  next() {
    if (this.stream === null) return;
    this.onChange();
    this.frame = requestAnimationFrame(() => this.next());
  }

  /** Stops the camera; the last frame stays. */
  stop() {
    cancelAnimationFrame(this.frame);
    this.video.pause();
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.toggle.textContent = 'Start the camera';
  }

  source() {
    const {videoWidth, videoHeight} = this.video;
    return videoWidth === 0 ? null : {source: this.video, size: [videoWidth, videoHeight]};
  }

  resize() {}
}
