// SPDX-License-Identifier: Apache-2.0
// The views of an account: overview, second factors, number, password, sessions, export, deletion.
import { call } from './api.js';
import { begin } from './code.js';
import { withProof } from './confirm.js';
import { failureText, onSubmit, run, say, showFailure } from './form.js';
import { formatTime, t } from './lang.js';
import { showHint } from './phone.js';
import { account, define, forgetAccount, go, onViewFailure, readAccount } from './router.js';

// Second factors that the owner switches on and off, by the names of GET /users/factors. To support
// another one, add it here and its messages factor.NAME and factor.NAME.text.
const FACTORS = {
  sms: {
    isOn: (state) => state.enabled,
    turn: (on) => call(on ? 'POST' : 'DELETE', '/users/factors/sms'),
  },
};

const byId = (id) => document.getElementById(id);
const show = (failure) => onViewFailure(failure, () => say(failureText(failure), 'bad'));
const formFailure = (form) => (failure) => onViewFailure(failure, () => showFailure(form, failure));

function make(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

// One row of a list: name, detail, and a button.
function row(name, detail, action, onClick) {
  const button = make('button', { type: 'button', textContent: action, ariaLabel: `${action}: ${name}` });
  button.addEventListener('click', () => run(button, onClick, show));
  return make('li', {}, make('div', {}, make('strong', { textContent: name }), make('span', { textContent: detail })), button);
}

function showFactors(factors) {
  byId('factors').replaceChildren(...Object.keys(FACTORS).filter((name) => factors[name]).map((name) => {
    const on = FACTORS[name].isOn(factors[name]);
    const detail = `${t(on ? 'factor.on' : 'factor.off')} ${t(`factor.${name}.text`, factors[name])}`;
    return row(t(`factor.${name}`), detail, t(on ? 'factor.disable' : 'factor.enable'), async () => {
      await withProof(() => FACTORS[name].turn(!on));
      await go('account', on ? 'factor.disabled' : 'factor.enabled', 'good');
    });
  }));
}

define('account', {
  auth: true,
  async show() {
    const [, factors] = await Promise.all([readAccount(), call('GET', '/users/factors')]);
    byId('hello').textContent = t('account.hello', account);
    const facts = {
      number: account.smsmobile, roles: account.roles.join(', ') || t('account.noRoles'),
      created: formatTime(account.createdAt), lastLogin: formatTime(account.lastLogin),
    };
    byId('facts').replaceChildren(...Object.entries(facts).flatMap(([name, value]) => [
      make('dt', { textContent: t(`account.${name}`) }), make('dd', { textContent: value }),
    ]));
    showFactors(factors);
  },
});

byId('export').addEventListener('click', ({ currentTarget }) => run(currentTarget, async () => {
  const { success, msg, ...data } = await withProof(() => call('POST', '/users/export', {}));
  const url = URL.createObjectURL(new Blob([JSON.stringify(data, null, 2)], { type: 'application/json' }));
  make('a', { href: url, download: 'account.json' }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
  say('export.done', 'good');
}, show));

const number = document.querySelector('#number form');
define('number', { auth: true });
showHint(number.elements.smsmobile);
onSubmit(number, async ({ smsmobile }) => {
  const reply = await withProof(() => call('PATCH', '/users', { smsmobile }));
  if (reply.retry_after === undefined) await go('account', 'number.done', 'good');
  else await begin({ purpose: 'number', number: smsmobile, sent: true, wait: reply.retry_after });
}, formFailure(number));

const password = document.querySelector('#password form');
define('password', {
  auth: true,
  show() { password.elements.username.value = account.username; },
});
onSubmit(password, async ({ password: current, newPassword }) => {
  await withProof(() => call('POST', '/users/password', { password: current, newPassword }));
  await go('account', 'password.done', 'good');
}, formFailure(password));

// "Firefox, Windows" of a User-Agent, or its beginning.
function deviceName(agent) {
  const find = (...names) => names.find((name) => agent.includes(name));
  const browser = find('Edg', 'OPR', 'Firefox', 'Chrome', 'Safari');
  const system = find('Android', 'iPhone', 'iPad', 'Windows', 'Mac OS', 'Linux');
  return [{ Edg: 'Edge', OPR: 'Opera' }[browser] ?? browser, system].filter(Boolean).join(', ') || agent.slice(0, 60);
}

define('sessions', {
  auth: true,
  async show() {
    const { sessions } = await call('GET', '/sessions');
    byId('session-list').replaceChildren(...sessions.map((session) => {
      const name = session.agent ? deviceName(session.agent) : t('unknown');
      const detail = [session.current && t('sessions.current'), session.address,
        t('sessions.used', { time: formatTime(session.usedAt) })].filter(Boolean).join(' · ');
      const item = row(name, detail, t(session.current ? 'logout' : 'sessions.end'), async () => {
        if (session.current) await logOut('/logout');
        else {
          await call('DELETE', `/sessions/${encodeURIComponent(session.sid)}`);
          await go('sessions', 'sessions.ended', 'good');
          byId('sessions').querySelector('h1').focus();
        }
      });
      item.classList.toggle('current', session.current);
      return item;
    }));
  },
});

async function logOut(path) {
  await call('POST', path);
  forgetAccount();
  await go('login', 'logout.done', 'good');
}
for (const [id, path] of [['logout', '/logout'], ['logout-all', '/logout?all=1']]) {
  byId(id).addEventListener('click', ({ currentTarget }) => run(currentTarget, () => logOut(path), show));
}

const removal = document.querySelector('#delete form');
define('delete', { auth: true });
onSubmit(removal, async (fields) => {
  await withProof(() => call('POST', '/users/delete', fields));
  forgetAccount();
  await go('signup', 'delete.done', 'good');
}, formFailure(removal));
