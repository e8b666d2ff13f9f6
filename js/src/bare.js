// The entry point for engines that are no browser: the one global of their bundle.

import './environment.js';
import * as backends from './backends.js';
import {Driver} from './driver.js';

globalThis.totfjs = new Driver(backends);
