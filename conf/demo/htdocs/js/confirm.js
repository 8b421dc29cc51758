// SPDX-License-Identifier: Apache-2.0
// Recent proof: the API answers 403 confirmation_required, the owner confirms in a dialog, and the
// call is repeated.
import config from '../config.js';
import { call, Failure } from './api.js';
import { clearErrors, moveStatus, onSubmit, run, say, showFailure } from './form.js';

const dialog = document.getElementById('confirm');
const form = dialog.querySelector('form');
const again = dialog.querySelector('.again');
const codeField = form.elements.code.closest('.field');
const passwordField = form.elements.password.closest('.field');
const main = document.getElementById('main');
let settle;

function showCode(visible) {
  codeField.hidden = again.hidden = dialog.querySelector('.demo').hidden = !visible;
}

async function sendCode() {
  await call('POST', '/users/confirm/sms');
  say('code.sent', 'good');
}

// Resolves to true once the owner has confirmed, to false if the dialog was closed.
async function ask() {
  form.reset();
  clearErrors(form);
  passwordField.hidden = !config.login.includes('password');
  const { sms } = await call('GET', '/users/factors');
  const needsCode = sms.enabled || passwordField.hidden;
  showCode(needsCode);
  moveStatus(dialog);
  say('');
  dialog.showModal();
  if (needsCode) sendCode().catch((failure) => showFailure(form, failure));
  return new Promise((resolve) => { settle = resolve; });
}

onSubmit(form, async (fields) => {
  try {
    await call('POST', '/users/confirm', fields);
  } catch (failure) {
    // Only the server knows whether it needs a code.
    if (failure.code !== 'missing_code' || !codeField.hidden) throw failure;
    showCode(true);
    form.elements.code.focus();
    await sendCode();
    return;
  }
  settle(true);
  dialog.close();
}, (failure) => {
  if (failure.signedOut) dialog.close();
  else showFailure(form, failure);
});
again.addEventListener('click', () => run(again, sendCode, (failure) => showFailure(form, failure)));
dialog.querySelector('.cancel').addEventListener('click', () => dialog.close());
dialog.addEventListener('close', () => {
  moveStatus(main);
  say('');
  settle(false);
});

// Runs a call; if it needs a recent proof, asks for it and runs the call again.
export async function withProof(action) {
  try {
    return await action();
  } catch (failure) {
    if (failure.code !== 'confirmation_required') throw failure;
  }
  if (!await ask()) throw new Failure(403, { code: 'not_confirmed' });
  return action();
}
