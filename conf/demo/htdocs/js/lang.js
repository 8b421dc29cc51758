// SPDX-License-Identifier: Apache-2.0
// Messages of lang/*.json. English stands in the pages too, so that they can be read as they are.
import config from '../config.js';

const STORE = 'language';
let messages = {};
export let language = config.languages[0];

function preferred() {
  const wanted = [localStorage.getItem(STORE), ...navigator.languages];
  return wanted.map((tag) => tag?.split('-')[0]).find((tag) => config.languages.includes(tag))
    ?? config.languages[0];
}

// Loads a language and translates the page. Without an argument, the stored or the browser's one.
export async function load(chosen) {
  if (chosen) localStorage.setItem(STORE, chosen);
  const next = chosen ?? preferred();
  const response = await fetch(new URL(`../lang/${next}.json`, import.meta.url));
  messages = await response.json();
  language = next;
  document.documentElement.lang = next;
  translate(document);
}

// The message of a key, with {name} replaced by values.name. Undefined for an unknown key.
export function t(key, values = {}) {
  return messages[key]?.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

// Sets the text of [data-t] and the name of [data-label].
export function translate(root) {
  for (const node of root.querySelectorAll('[data-t]')) {
    node.textContent = t(node.dataset.t, config) ?? node.textContent;
  }
  for (const node of root.querySelectorAll('[data-label]')) {
    node.ariaLabel = t(node.dataset.label) ?? node.ariaLabel;
  }
}

export function formatTime(time) {
  return time
    ? new Date(time).toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' })
    : t('unknown');
}

// One button per language. onChange is called after a change.
export function showLanguages(container, onChange = () => {}) {
  const buttons = config.languages.map((tag) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.lang = tag;
    button.textContent = tag.toUpperCase();
    button.title = new Intl.DisplayNames(tag, { type: 'language' }).of(tag);
    button.addEventListener('click', async () => {
      await load(tag);
      mark();
      onChange();
    });
    return button;
  });
  const mark = () => buttons.forEach((b) => { b.ariaPressed = String(b.lang === language); });
  container.replaceChildren(...buttons);
  mark();
}
