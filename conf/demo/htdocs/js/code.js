// SPDX-License-Identifier: Apache-2.0
// The view for codes and second factors: after sign-up, at a login, for a new number.
import { call } from './api.js';
import { clearErrors, onSubmit, run, say, showFailure } from './form.js';
import { t } from './lang.js';
import { define, enter, go, onViewFailure } from './router.js';
import { withProof } from './confirm.js';

// Proofs that a login may ask for, by the API's names, with the field that each one needs. To support
// another one, add it here and its messages code.text.NAME and code.method.NAME.
const METHODS = {
  totp: { field: 'code' },
  recovery: { field: 'code' },
  sms: { field: 'code', text: true },
  password: { field: 'password' },
};

// What a code is for: how it is checked, how another one is sent, and what follows.
const PURPOSES = {
  signup: {
    check: (step, fields) => call('POST', `/user/${encodeURIComponent(step.id)}/verify`, fields),
    send: (step) => call('POST', `/user/${encodeURIComponent(step.id)}/resend`),
    done: () => go('login', 'signup.done', 'good'),
    back: 'signup',
  },
  login: {
    check: (step, fields) => call('POST', '/authenticate/verify', { challenge: step.challenge, ...fields }),
    send: (step) => call('POST', '/authenticate/sms', { challenge: step.challenge }),
    done: (step, reply) => (reply.challenge ? beginLogin(reply) : enter()),
    back: 'login',
  },
  number: {
    check: (step, fields) => call('POST', '/users/verify', fields),
    send: (step) => withProof(() => call('PATCH', '/users', { smsmobile: step.number })),
    done: () => enter().then(() => say('number.done', 'good')),
    back: 'number',
  },
};

const STORE = 'code';       // sessionStorage: a phone may drop the page while its owner reads the text
const section = document.getElementById('code');
const form = section.querySelector('form');
const again = section.querySelector('.again');
const ways = section.querySelector('.ways');
let step;
let timer;
let reader;                 // aborts WebOTP

function save(next) {
  step = next;
  if (step) sessionStorage.setItem(STORE, JSON.stringify(step));
  else {
    clearInterval(timer);
    sessionStorage.removeItem(STORE);
  }
}

// Shows the view for a step: {purpose, methods, sent: there is a code, wait: seconds until another one}.
export async function begin(next, ...message) {
  save({ methods: ['sms'], method: 'sms', ...next, ready: Date.now() + (next.wait ?? 0) * 1000 });
  form.reset();
  await go('code', ...message);
  form.elements[METHODS[step.method].field].focus();
}

// Continues a login after a 202. A text was sent if sms is the only method.
export function beginLogin(reply, anyone = false) {
  const methods = reply.methods.filter((name) => name in METHODS);
  if (!methods.length) return go('login', 'error.no_method', 'bad');
  return begin({
    purpose: 'login', challenge: reply.challenge, methods, method: methods[0], anyone,
    sent: reply.methods.join() === 'sms', wait: reply.retry_after,
  });
}

function count() {
  const left = Math.ceil((step.ready - Date.now()) / 1000);
  again.ariaDisabled = left > 0 ? 'true' : null;
  again.textContent = left > 0 ? t('code.wait', { seconds: left }) : t(step.sent ? 'code.again' : 'code.send');
}

// The message of a text that arrived, where the browser can read it (WebOTP).
async function readText() {
  if (!('OTPCredential' in window)) return;
  reader?.abort();
  reader = new AbortController();
  const received = await navigator.credentials.get({ otp: { transport: ['sms'] }, signal: reader.signal })
    .catch(() => undefined);
  if (!received || !step) return;
  form.elements.code.value = received.code;
  form.requestSubmit();
}

function showWays() {
  const hadFocus = ways.contains(document.activeElement);
  ways.hidden = step.methods.length < 2;
  ways.querySelector('div').replaceChildren(...step.methods.map((name) => {
    const label = document.createElement('label');
    const radio = document.createElement('input');
    radio.type = 'radio';
    radio.name = 'method';
    radio.value = name;
    radio.checked = name === step.method;
    radio.addEventListener('change', () => {
      save({ ...step, method: name });
      say('');
      show();
      if (METHODS[name].text && !step.sent) send();
    });
    label.append(radio, t(`code.method.${name}`));
    return label;
  }));
  if (hadFocus) ways.querySelector(':checked').focus();
}

function show() {
  step ??= JSON.parse(sessionStorage.getItem(STORE));
  if (!step) {
    go('login');
    return false;
  }
  const method = METHODS[step.method];
  const text = step.method !== 'sms' ? step.method : step.anyone ? 'anyone' : step.number ? 'number' : 'sms';
  section.querySelector('h1').textContent = t(`code.title.${method.field}`);
  section.querySelector('.intro').textContent = t(step.sent || !method.text ? `code.text.${text}` : 'code.text.unsent',
    { number: step.number });
  for (const name of ['code', 'password']) {
    form.elements[name].closest('.field').hidden = name !== method.field;
  }
  form.elements.code.inputMode = step.method === 'recovery' ? 'text' : 'numeric';
  section.querySelector('.demo').hidden = again.hidden = !method.text;
  section.querySelector('.back').hash = PURPOSES[step.purpose].back;
  showWays();
  clearInterval(timer);
  timer = setInterval(count, 1000);
  count();
  if (method.text) readText();
  return true;
}

function onFailure(failure) {
  const { code } = failure;
  if (step?.purpose === 'login' && code === 'unknown_challenge') go('login', 'error.unknown_challenge', 'bad');
  else if (step?.purpose === 'signup' && code === 'already_verified') go('login', 'signup.done', 'good');
  else onViewFailure(failure, () => showFailure(form, failure));
}

function send() {
  return run(again, async () => {
    const reply = await PURPOSES[step.purpose].send(step);
    save({ ...step, challenge: reply.challenge ?? step.challenge, sent: true, ready: Date.now() + (reply.retry_after ?? 0) * 1000 });
    clearErrors(form);
    show();
    form.elements.code.focus();
    say('code.sent', 'good');
  }, (failure) => {
    if (failure.code === 'code_expired') {
      go('login', 'error.unknown_challenge', 'bad');
      return;
    }
    if (failure.code === 'rate_limited') save({ ...step, ready: Date.now() + failure.wait * 1000 });
    onFailure(failure);
  }).finally(() => step && count());
}

onSubmit(form, async (fields) => {
  const { field } = METHODS[step.method];
  const reply = await PURPOSES[step.purpose].check(step, { [field]: fields[field] });
  const done = step;
  save(undefined);
  await PURPOSES[done.purpose].done(done, reply);
}, onFailure);
again.addEventListener('click', send);

define('code', {
  show,
  leave() {
    clearInterval(timer);
    reader?.abort();
  },
});
