// SPDX-License-Identifier: Apache-2.0
// The views for people who are not logged in: log in, by a code alone, sign up, forgotten password.
import config from '../config.js';
import { call } from './api.js';
import { begin, beginLogin } from './code.js';
import { onSubmit, say, showFailure } from './form.js';
import { showHint } from './phone.js';
import { define, enter, go } from './router.js';

const formOf = (name) => document.querySelector(`#${name} form`);
const login = formOf('login');
const signup = formOf('signup');
const reset = formOf('reset');
const offers = (method) => config.login.includes(method);

for (const [method, selector] of [['sms', '[href="#login-code"]'], ['password', '[href="#login"]']]) {
  document.querySelectorAll(`#main ${selector}`).forEach((link) => { link.hidden = !offers(method); });
}

define('login', {
  show() {
    if (!offers('password')) {
      go('login-code');
      return false;
    }
    return true;
  },
});
onSubmit(login, async (fields) => {
  const reply = await call('POST', '/authenticate', fields);
  await (reply.challenge ? beginLogin(reply) : enter());
}, (failure) => {
  if (failure.code === 'not_verified') {
    begin({ purpose: 'signup', id: failure.id }, 'error.not_verified');
  } else {
    showFailure(login, failure);
  }
});

define('login-code', {});
onSubmit(formOf('login-code'), async (fields) => {
  beginLogin(await call('POST', '/authenticate/sms', fields), true);
});

// #signup?invitation=CODE is the link of an invitation.
define('signup', {
  show() {
    signup.elements.invitation.closest('.field').hidden = !signup.elements.invitation.value;
    signup.elements.password.closest('.field').hidden = !offers('password');
  },
});
signup.elements.invitation.defaultValue = new URLSearchParams(location.search).get('invitation') ?? '';
showHint(signup.elements.smsmobile);
onSubmit(signup, async (fields) => {
  const reply = await call('POST', '/user', fields);
  login.elements.username.defaultValue = fields.username ?? '';
  if (reply.msg.msg !== reply.id) {
    await go('login', 'signup.open', 'good');
    return;
  }
  await begin({ purpose: 'signup', id: reply.id, number: fields.smsmobile, sent: true });
}, (failure) => {
  if (failure.code === 'sms_failed' && failure.id) {
    begin({ purpose: 'signup', id: failure.id, number: signup.elements.smsmobile.value }, 'error.sms_failed', 'bad');
  } else {
    showFailure(signup, failure);
  }
});

define('forgot', {});
onSubmit(formOf('forgot'), async (fields) => {
  await call('POST', '/password/forgot', fields);
  reset.elements.username.defaultValue = fields.username;
  await go('reset');
});

define('reset', { focus: '[name=code]' });
onSubmit(reset, async (fields) => {
  await call('POST', '/password/reset', fields);
  login.elements.username.defaultValue = fields.username;
  await go('login', 'reset.done', 'good');
});
