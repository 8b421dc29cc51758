// SPDX-License-Identifier: Apache-2.0
'use strict';

const API = '/app_api';
const ORDER = ['register', 'verify', 'login', 'account'];
const $ = (id) => document.getElementById(id);
let account = '';   // the id that /verify wants
let token = '';     // lives as long as this page

function say(text, kind) {
  $('message').textContent = text;
  $('message').className = kind || '';
}

function show(step) {
  for (const name of ORDER) {
    $(name).hidden = name !== step;
  }
  for (const item of document.querySelectorAll('.steps li')) {
    const before = ORDER.indexOf(item.dataset.step) < ORDER.indexOf(step);
    item.classList.toggle('done', before);
    item.toggleAttribute('aria-current', item.dataset.step === step);
  }
  const first = $(step).querySelector('input') || $(step).querySelector('h2');
  if (first.tagName === 'H2') first.tabIndex = -1;
  first.focus({ focusVisible: false });
}

async function call(method, path, body, headers) {
  const answer = await fetch(API + path, {
    method,
    headers: { ...(body && { 'Content-Type': 'application/json' }), ...headers },
    body: body && JSON.stringify(body),
  });
  return answer.json();
}

// A form's submission: its button rests while the call is under way, and a failure is told.
function onSubmit(step, act) {
  const form = $(step).querySelector('form');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = form.querySelector('button');
    button.disabled = true;
    say('');
    try {
      await act(Object.fromEntries(new FormData(form)));
    } catch {
      say('The server cannot be reached.', 'bad');
    } finally {
      button.disabled = false;
    }
  });
}

onSubmit('register', async (fields) => {
  const answer = await call('POST', '/user', fields);
  if (answer.id) account = answer.id;
  if (answer.success || answer.code === 'sms_failed') {
    $('l-username').value = fields.username;
    show('verify');
  }
  if (answer.success) say('A code is on its way.', 'good');
  else say(answer.msg, 'bad');
});

onSubmit('verify', async (fields) => {
  const answer = await call('POST', `/user/${encodeURIComponent(account)}/verify`, fields);
  if (answer.success) show('login');
  say(answer.msg, answer.success ? 'good' : 'bad');
});

$('resend').addEventListener('click', async () => {
  const answer = await call('POST', `/user/${encodeURIComponent(account)}/resend`, {});
  say(answer.msg, answer.success ? 'good' : 'bad');
});

onSubmit('login', async (fields) => {
  const answer = await call('POST', '/authenticate', fields);
  if (!answer.success) {
    if (answer.code === 'not_verified') {
      account = answer.id;
      show('verify');
    }
    say(answer.msg, 'bad');
    return;
  }
  token = answer.token;
  await enter();
});

async function enter() {
  const me = await call('GET', '/users', undefined, { Authorization: token });
  const rows = { Username: me.msg.username, Mobile: me.msg.smsmobile, Id: me.msg.id,
    'Last login': new Date(me.msg.lastLogin).toLocaleString() };
  $('profile').replaceChildren(...Object.entries(rows).flatMap(([name, value]) => {
    const dt = document.createElement('dt');
    const dd = document.createElement('dd');
    dt.textContent = name;
    dd.textContent = value;
    return [dt, dd];
  }));
  const page = await fetch('/private/note.txt', { headers: { Authorization: token } });
  $('private').textContent = await page.text();
  const refused = await fetch('/private/note.txt');
  $('refused').textContent = `${refused.status} ${refused.statusText}`;
  show('account');
  say('Logged in.', 'good');
}

$('leave').addEventListener('click', () => {
  token = '';
  show('login');
  say('The token is forgotten.');
});

for (const link of document.querySelectorAll('.other a')) {
  link.addEventListener('click', (event) => {
    event.preventDefault();
    show(link.hash.slice(1));
    say('');
  });
}

show('register');
