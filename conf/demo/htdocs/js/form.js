// SPDX-License-Identifier: Apache-2.0
// Forms: errors beside their fields, one live region, no second request while one is under way.
import config from '../config.js';
import { Failure } from './api.js';
import { t, translate } from './lang.js';

// The field that an error word is about: the first of these names that the form has.
const FIELDS = {
  invalid_username: ['username'], username_taken: ['username', 'smsmobile'],
  invalid_mobile: ['smsmobile'], country_not_allowed: ['smsmobile'],
  already_verified: ['smsmobile'],
  missing_password: ['password'], weak_password: ['newPassword', 'password'], wrong_password: ['password'],
  bad_credentials: ['password'],
  invalid_code: ['code', 'password'], code_expired: ['code'], too_many_attempts: ['code'],
  invalid_invitation: ['invitation'],
};

const status = document.getElementById('status');

// Puts a message into the live region. kind: good, bad or nothing.
export function say(key, kind = '') {
  status.textContent = key ? t(key) ?? key : '';
  status.className = kind;
}

// Where the live region is: a modal dialog hides everything outside it from screen readers.
export function moveStatus(container) {
  container.prepend(status);
}

export function failureText(failure) {
  if (failure.code?.startsWith('missing_')) return t('error.empty');
  if (!(failure instanceof Failure)) return t('error.server_error');
  if (failure.wait) return t('error.wait', { seconds: failure.wait });
  return t(`error.${failure.code}`, config) || failure.message || t('error.server_error');
}

const noteOf = (input) => document.getElementById(input.getAttribute('aria-describedby'));

function setError(input, text) {
  const note = noteOf(input);
  input.ariaInvalid = 'true';
  note.classList.add('error');
  note.textContent = text;
}

export function clearErrors(form) {
  for (const input of form.querySelectorAll('[aria-invalid]')) {
    const note = noteOf(input);
    input.removeAttribute('aria-invalid');
    note.classList.remove('error');
    note.textContent = '';
    translate(note.parentElement);
    input.dispatchEvent(new Event('hint'));
  }
}

// Shows a failure beside its field and moves the focus there, or else in the live region.
export function showFailure(form, failure) {
  const text = failureText(failure);
  const input = (FIELDS[failure.code] ?? []).map((name) => form.elements[name])
    .find((field) => field && !field.closest('[hidden]'));
  if (!input) {
    say(text, 'bad');
    return;
  }
  setError(input, text);
  say('error.fields', 'bad');
  input.focus();
  input.select();
}

// A button in the field, named "Show" and by its label.
function addReveal(input) {
  const button = document.createElement('button');
  const label = input.previousElementSibling;
  const show = (visible) => {
    input.type = visible ? 'text' : 'password';
    button.dataset.t = visible ? 'hide' : 'show';
    translate(input.closest('.field'));
  };
  button.type = 'button';
  button.className = 'reveal';
  button.id = `${input.getAttribute('aria-describedby')}-show`;
  label.id = `${button.id}-label`;
  button.setAttribute('aria-labelledby', `${button.id} ${label.id}`);
  button.addEventListener('click', () => show(input.type === 'password'));
  input.form.addEventListener('submit', () => show(false), true);
  input.closest('label').after(button);
  show(false);
}

let notes = 0;

// Adds to each field a note, for its hint and its errors, and to a password a button that shows it.
export function prepare(root) {
  for (const input of root.querySelectorAll('.field input')) {
    const field = input.closest('.field');
    const note = document.createElement('p');
    note.className = 'note';
    note.id = `note-${++notes}`;
    if (input.dataset.hint) note.dataset.t = input.dataset.hint;
    field.append(note);
    input.setAttribute('aria-describedby', note.id);
    if (input.type === 'password') addReveal(input);
    input.spellcheck = false;
    input.autocapitalize = 'none';
  }
}

// Runs an action with a button that rests meanwhile. Failures go to onFailure.
export async function run(button, action, onFailure) {
  if (button.ariaDisabled === 'true') return;
  button.ariaDisabled = 'true';
  try {
    await action();
  } catch (failure) {
    if (!(failure instanceof Failure)) console.error(failure);
    onFailure(failure);
  } finally {
    button.ariaDisabled = null;
  }
}

// Calls act with the fields of a form that has no empty required field. act throws a Failure.
export function onSubmit(form, act, onFailure = (failure) => showFailure(form, failure)) {
  form.noValidate = true;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    clearErrors(form);
    say('');
    const empty = [...form.elements].filter((field) => field.required && !field.value.trim() && !field.closest('[hidden]'));
    empty.forEach((field) => setError(field, t('error.empty')));
    if (empty.length) {
      say('error.fields', 'bad');
      empty[0].focus();
      return;
    }
    const fields = Object.fromEntries([...new FormData(form)].filter(([, value]) => value));
    run(form.querySelector('[type=submit]'), () => act(fields), onFailure);
  });
}
