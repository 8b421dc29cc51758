// SPDX-License-Identifier: Apache-2.0
// The start of the pages that the guard protects: only their language.
import { load, showLanguages } from './lang.js';

await load();
showLanguages(document.getElementById('languages'));
document.documentElement.classList.add('ready');
