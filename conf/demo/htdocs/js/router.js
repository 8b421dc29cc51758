// SPDX-License-Identifier: Apache-2.0
// Views are the sections of index.html; #name in the address shows one. Also: who is logged in.
import { call } from './api.js';
import { failureText, say } from './form.js';

const main = document.getElementById('main');
const views = new Map();
let shown;              // name of the view on the screen
let calls = 0;          // the last navigation wins
let message;            // of the next view
let wanted;             // the view that the login interrupted

// The account of GET /users, or undefined if nobody is logged in.
export let account;

// A path of this site, or undefined.
function localPath(path) {
  return /^\/(?![/\\])/.test(path ?? '') && new URL(path, location.origin).origin === location.origin
    ? path : undefined;
}

// ?return= of AuthSMSUnauthorized: where the guard sent the browser away.
const query = new URLSearchParams(location.search);
let returnPath = localPath(query.get('return'));

// name: the id of a section. view: {auth: for accounts only, show(), leave(), focus: a field}.
export function define(name, view) {
  views.set(name, view);
}

export async function readAccount() {
  account = (await call('GET', '/users')).msg;
  return account;
}

export function forgetAccount() {
  account = undefined;
}

function swap(name) {
  for (const section of main.querySelectorAll('section')) {
    section.hidden = section.id !== name;
    if (section.hidden) section.querySelectorAll('form').forEach((form) => form.reset());
  }
  for (const link of document.querySelectorAll('nav a')) {
    link.ariaCurrent = link.hash === `#${name}` ? 'page' : null;
  }
  document.body.classList.toggle('signed-in', Boolean(account));
}

// Shows the view of the address. Its data is there before it is: nothing moves afterwards.
export async function route() {
  const number = ++calls;
  let name = location.hash.slice(1);
  if (!views.has(name)) name = account ? 'account' : 'login';
  if (views.get(name).auth && !account) {
    wanted = name;
    name = 'login';
  }
  const view = views.get(name);
  main.ariaBusy = 'true';
  try {
    if (await view.show?.() === false) return;
  } catch (failure) {
    if (number !== calls) return;
    if (failure.signedOut) {
      account = undefined;
      wanted = name;
      go('login', 'error.expired_token', 'bad');
      return;
    }
    message = [failureText(failure), 'bad'];
  } finally {
    main.ariaBusy = null;
  }
  if (number !== calls) return;
  const changed = shown !== name;
  if (changed) views.get(shown)?.leave?.();
  swap(name);
  const section = document.getElementById(name);
  const heading = section.querySelector('h1');
  document.title = `${heading.textContent} – ${document.querySelector('.brand').textContent}`;
  say(...message ?? ['']);
  message = undefined;
  if (changed && shown) {
    scrollTo(0, 0);
    heading.tabIndex = -1;
    (section.querySelector(view.focus) ?? heading).focus();
  }
  shown = name;
}

// Shows a view, with a message for the live region.
export function go(name, ...words) {
  message = words.length ? words : undefined;
  if (location.hash !== `#${name}`) history.pushState(null, '', `#${name}`);
  return route();
}

// Back to the page that the guard protects, at most once in five seconds: the guard may refuse again.
function leaveFor(path) {
  const last = Number(sessionStorage.getItem('returned'));
  sessionStorage.setItem('returned', Date.now());
  if (Date.now() - last < 5000) return false;
  location.replace(path);
  return true;
}

// After a login: the page or view that it interrupted, or the account.
export async function enter() {
  await readAccount();
  const path = returnPath;
  returnPath = undefined;
  if (path && leaveFor(path)) return;
  const next = wanted ?? 'account';
  wanted = undefined;
  await go(next);
}

// A failure in a view of an account whose session has ended leads to the login.
export function onViewFailure(failure, otherwise) {
  if (!failure.signedOut) {
    otherwise(failure);
    return;
  }
  account = undefined;
  wanted = shown;
  go('login', 'error.expired_token', 'bad');
}

// Looks who is there, and shows the first view.
export async function start() {
  try {
    await readAccount();
  } catch (failure) {
    if (!failure.signedOut) message = [failureText(failure), 'bad'];
  }
  if (account && returnPath) {
    await enter();
    return;
  }
  if (returnPath) message = ['return', ''];
  await route();
}

addEventListener('hashchange', route);
