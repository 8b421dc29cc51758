// SPDX-License-Identifier: Apache-2.0
// The start of index.html.
import { clearErrors, prepare } from './form.js';
import { load, showLanguages } from './lang.js';
import { route, start } from './router.js';
import './login.js';
import './account.js';

// Messages of scripts are written again in another language.
function rewrite() {
  for (const form of document.forms) clearErrors(form);
  for (const input of document.querySelectorAll('[type=tel]')) input.dispatchEvent(new Event('hint'));
}

prepare(document);
await load();
rewrite();
showLanguages(document.getElementById('languages'), () => {
  rewrite();
  route();
});
await start();
document.documentElement.classList.add('ready');
