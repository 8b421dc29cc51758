// SPDX-License-Identifier: Apache-2.0
// Uses the demo's pages in Chromium: node demo.mjs SITE (JSON of demo.t). Prints one check per line.
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../npm/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const { getExampleNumber } = require('libphonenumber-js/max');
const exampleNumbers = require('libphonenumber-js/examples.mobile.json');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const site = JSON.parse(process.argv[2]);
const home = `http://localhost:${site.port}/`;
const password = 'correct horse battery';

function check(name, got, expected) {
  console.log(JSON.stringify({ name, got: got ?? null, expected }));
}

let now = 0;
// Sets httpd's clock ahead.
function advance(seconds) {
  now += seconds;
  writeFileSync(`${site.clock}.new`, String(now), { mode: 0o644 });
  renameSync(`${site.clock}.new`, site.clock);
}

// The texts that the log sender wrote for a number, and the code of the newest, once there are more than `seen`.
const codesFor = (number) => [...readFileSync(site.log, 'utf8').matchAll(new RegExp(`SMS to \\${number}: .*?code[^.]* is (\\d+)`, 'g'))];
async function codeFor(number, seen = 0) {
  for (let i = 0; i < 200; i++) {
    const found = codesFor(number);
    if (found.length > seen) return found.at(-1)[1];
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`no code for ${number}`);
}
const wrong = (code) => (code === '000000' ? '000001' : '000000');

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
});
const problems = [];

// A browser of one person, and its page. Script errors, violations of the policy and shifts are recorded.
async function visitor(options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 }, locale: 'en-GB', reducedMotion: 'reduce', ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20000);
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (entry) => {
    if (entry.type() === 'error' && !/status of 4\d\d|ERR_FAILED/.test(entry.text())) problems.push(entry.text());
  });
  await page.addInitScript(() => {
    window.shifts = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (!entry.hadRecentInput) window.shifts.push(`${entry.value} ${location.hash} ${entry.sources.map((s) => s.node?.nodeName + '.' + (s.node?.className ?? '') + '#' + (s.node?.id ?? ''))}`);
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  return page;
}

const view = (page) => page.evaluate(() => document.querySelector('main section:not([hidden])')?.id);
const on = (page, id) => page.locator(`#${id}`).waitFor();
const status = (page) => page.textContent('#status');
const focused = (page) => page.evaluate(() => document.activeElement.name || document.activeElement.tagName);
const fill = async (page, id, fields) => {
  for (const [name, value] of Object.entries(fields)) await page.fill(`#${id} [name=${name}]`, value);
};
const submit = (page, id) => page.click(`#${id} [type=submit]`);
const idle = (page) => page.locator('[type=submit][aria-disabled]').waitFor({ state: 'detached' });
// Submits fields that are refused; returns [focused field, its note].
async function refused(page, id, fields) {
  await fill(page, id, fields);
  await submit(page, id);
  await page.locator(`#${id} [aria-invalid]`).first().waitFor();
  await idle(page);
  return page.evaluate(() => [document.activeElement.name,
    document.getElementById(document.activeElement.getAttribute('aria-describedby'))?.textContent]);
}
async function shiftsOf(page, name) {
  check(`${name}: nothing moves by itself`, await page.evaluate(() => new Promise((done) => {
    requestAnimationFrame(() => setTimeout(() => done(window.shifts.splice(0)), 50));
  })), []);
}

// Screenshots of a page in each size, theme and language; axe-core and a check of its width in most.
// again: what shows the page's errors once more.
async function shoot(page, name, { fullPage = true, again } = {}) {
  const size = page.viewportSize();
  const variants = [[1280, 'light', 'en'], [1280, 'dark', 'en'], [390, 'dark', 'en'], [390, 'light', 'en'],
    [320, 'light', 'de'], [320, 'dark', 'de']];
  const violations = [];
  const wide = [];
  let language = 'en';
  for (const [width, colorScheme, wanted] of variants) {
    await page.setViewportSize({ width, height: width > 1000 ? 800 : 700 });
    await page.emulateMedia({ colorScheme });
    if (wanted !== language) {
      language = wanted;
      // By script: a dialog covers the button.
      await page.evaluate((tag) => document.querySelector(`#languages [lang=${tag}]`).click(), wanted);
      await page.waitForFunction((tag) => document.documentElement.lang === tag && !document.querySelector('[aria-busy]'), wanted);
      // Errors are cleared by a change of language.
      await again?.();
    }
    await page.screenshot({ path: `${site.shots}/${name}-${width}-${colorScheme}-${wanted}.png`, fullPage });
    if (await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth
      || [...document.querySelectorAll('main *, dialog *, header *')].some((node) => node.offsetParent
        && node.getBoundingClientRect().right > window.innerWidth + 0.5))) wide.push(`${width} ${wanted}`);
    if (width === 390) continue;
    // As an expression of the debugger: the page's policy allows no eval.
    if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(`${axe}; 0`);
    const found = await page.evaluate(async () => {
      const { violations } = await window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
      return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target} ${n.failureSummary}`));
    });
    violations.push(...found.map((text) => `${width} ${colorScheme} ${wanted}: ${text}`));
  }
  check(`${name}: axe-core finds nothing`, violations, []);
  check(`${name}: nothing is wider than the screen`, wide, []);
  await page.evaluate(() => document.querySelector('#languages [lang=en]').click());
  await page.waitForFunction(() => document.documentElement.lang === 'en' && !document.querySelector('[aria-busy]'));
  await page.setViewportSize(size);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => setTimeout(() => { window.shifts.length = 0; done(); }, 50)); }));
}

async function logIn(page, username, secret = password) {
  await page.goto(`${home}#login`);
  await on(page, 'login');
  await fill(page, 'login', { username, password: secret });
  await submit(page, 'login');
}
// Signs up and verifies the number.
async function signUp(page, username, number) {
  await page.goto(`${home}#signup`);
  await on(page, 'signup');
  await fill(page, 'signup', { username, password, smsmobile: number });
  await submit(page, 'signup');
  await on(page, 'code');
  await fill(page, 'code', { code: await codeFor(number) });
  await submit(page, 'code');
  await on(page, 'login');
}
async function enterCode(page, number, seen) {
  await on(page, 'code');
  await fill(page, 'code', { code: await codeFor(number, seen) });
  await submit(page, 'code');
}

const flows = {
  async 'first visit'() {
    const page = await visitor();
    await page.goto(`http://127.0.0.1:${site.port}/`);
    await on(page, 'login');
    check('127.0.0.1 leads to localhost', page.url(), home);
    check('the first view is the login', await page.title(), 'Log in – mod_authsms');
    check('nothing has the focus at first', await focused(page), 'BODY');
    await shiftsOf(page, 'first visit');
    await shoot(page, 'login');
    await submit(page, 'login');
    check('empty fields are marked', await page.locator('#login [aria-invalid=true]').count(), 2);
    check('the first one has the focus', await focused(page), 'username');
    check('the live region says so', await status(page), 'Please correct the marked field.');
    check('login of nobody', await refused(page, 'login', { username: 'nobody', password }),
      ['password', 'Username or password is wrong.']);
    await shoot(page, 'login-errors', { again: () => refused(page, 'login', {}) });
    await page.route('**/app_api/authenticate', (route) => route.abort());
    await submit(page, 'login');
    await page.locator('#status.bad', { hasText: 'reached' }).waitFor();
    check('without a server', await status(page), 'The server cannot be reached.');
    await page.unroute('**/app_api/authenticate');
    await page.route('**/app_api/authenticate', (route) => route.fulfill({ json: { success: true, msg: '' } }));
    await submit(page, 'login');
    await page.locator('#status.bad', { hasText: 'cookie' }).waitFor();
    check('a browser that keeps no cookie', await status(page), 'Your browser kept no cookie. Use https.');
    await page.context().close();
  },

  async 'sign-up on a phone'() {
    const page = await visitor({ viewport: { width: 390, height: 844 } });
    await page.goto(home);
    await page.click('nav.guests >> text=Sign up');
    await on(page, 'signup');
    check('a new view: its heading has the focus', await focused(page), 'H1');
    const note = page.locator('#signup .field:has([name=smsmobile]) .note');
    check('number: what is expected', await note.textContent(), 'With its country code (+1 …), or without if it is +44.');
    await page.locator('#signup [name=smsmobile]').pressSequentially('07700 900777');
    check('number: how it is read', await note.textContent(), 'Read as +44 7700900777: United Kingdom');
    await page.fill('#signup [name=smsmobile]', '0049 (151) 234-567');
    check('number with its country code', await note.textContent(), 'Read as +49 151234567: Germany');
    await page.fill('#signup [name=smsmobile]', '+999 12');
    check('number of no country', await note.textContent(), 'No country has this code.');
    // A mobile number of each country, in both forms. Argentina's national form has a 15 inside.
    const examples = Object.keys(exampleNumbers).filter((region) => region !== 'AR').map((region) => getExampleNumber(region, exampleNumbers))
      .map((n) => ({ code: n.countryCallingCode, rest: n.nationalNumber, forms: [n.number, n.formatNational()] }));
    check('number of each country', await page.evaluate(async (all) => {
      const { readNumber } = await import('/js/phone.js');
      return all.flatMap((n) => n.forms.filter((form) => {
        const read = readNumber(form, n.code);
        return read?.code !== n.code || read.rest !== n.rest || !read.country;
      }));
    }, examples), []);
    check('digits of other scripts', await page.evaluate(async () => {
      const { readNumber } = await import('/js/phone.js');
      return ['٠٧٧٠٠ ٩٠٠٧٧٧', '＋４４７７００９００７７７'].map((typed) => readNumber(typed).rest);
    }), ['7700900777', '7700900777']);
    await shoot(page, 'signup');
    check('a weak password', await refused(page, 'signup', { username: 'Grace', password: 'password1', smsmobile: '07700 900777' }),
      ['password', '8 characters or more, not a common one, not your name.']);
    check('an invalid number', await refused(page, 'signup', { password, smsmobile: '12' }),
      ['smsmobile', 'This is not a mobile number.']);
    await page.locator('#signup [name=smsmobile]').pressSequentially('3');
    check('its error goes when it is changed', await page.locator('#signup [aria-invalid]').count(), 0);
    check('an invalid username', await refused(page, 'signup', { username: ' Grace', smsmobile: '07700 900777' }),
      ['username', '1 to 64 characters, no blank at either end.']);
    await shoot(page, 'signup-errors', { again: () => refused(page, 'signup', {}) });
    await fill(page, 'signup', { username: 'Grace' });
    await page.click('#signup .reveal');
    check('the password is shown', await page.getAttribute('#signup [name=password]', 'type'), 'text');
    await submit(page, 'signup');
    await on(page, 'code');
    check('the code field has the focus', await focused(page), 'code');
    check('where the code went', await page.textContent('#code .intro'), 'A text with a code is on its way to 07700 900777.');
    check('one-time-code', await page.getAttribute('#code [name=code]', 'autocomplete'), 'one-time-code');
    const code = await codeFor('+447700900777');
    await shoot(page, 'code');
    check('a wrong code', await refused(page, 'code', { code: wrong(code) }), ['code', 'This is not right. Check it and try again.']);
    await page.click('#code .again');
    await page.locator('#code .again[aria-disabled]', { hasText: /Another code in \d+ s/ }).waitFor();
    check('another code too early', /^Please wait \d+ s before you try again\.$/.test(await status(page)), true);
    await page.reload();
    await on(page, 'code');
    check('a reload keeps the step', await page.textContent('#code .intro'), 'A text with a code is on its way to 07700 900777.');
    await fill(page, 'code', { code });
    await submit(page, 'code');
    await on(page, 'login');
    check('verified', await status(page), 'Your number is verified. Log in now.');
    check('the username is there', await page.inputValue('#login [name=username]'), '');
    await fill(page, 'login', { username: 'Grace', password });
    await submit(page, 'login');
    await on(page, 'account');
    check('logged in', await page.textContent('h1 >> visible=true'), 'Hello, Grace');
    check('the account', /07700 900777/.test(await page.textContent('#facts')), true);
    check('no script can read a token', await page.evaluate(() => [document.cookie, ...Object.keys(localStorage), ...Object.keys(sessionStorage)]), ['', 'language']);
    await shiftsOf(page, 'sign-up');
    await shoot(page, 'account');
    await page.goto(`${home}#signup`);
    await on(page, 'signup');
    check('a taken username', await refused(page, 'signup', { username: 'grace', password: `${password}!`, smsmobile: '07700 900778' }),
      ['username', 'This username is taken.']);
    await page.context().close();
  },

  async 'protected pages'() {
    const page = await visitor();
    await page.goto(`${home}private/`);
    await on(page, 'login');
    check('the guard sends a browser to the login', [new URL(page.url()).search, await status(page)],
      ['?return=%2Fprivate%2F', 'Log in to see that page.']);
    await fill(page, 'login', { username: 'Grace', password });
    await submit(page, 'login');
    await page.waitForURL(`${home}private/`);
    check('and back', await page.textContent('h1'), 'Members’ page');
    await page.waitForSelector('html.ready');
    await shiftsOf(page, 'protected page');
    await shoot(page, 'private');
    await page.click('text=Back');
    await on(page, 'account');
    await page.click('text=Editors’ page');
    await page.waitForURL(`${home}editors/`);
    check('without the role', await page.textContent('h1'), 'You may not see this page');
    await page.waitForSelector('html.ready');
    await shoot(page, 'denied');
    execFileSync(site.role[0], [...site.role.slice(1), 'grace', '+editor']);
    advance(11);
    await page.reload();
    await page.waitForSelector('html.ready');
    check('with the role', await page.textContent('h1'), 'Editors’ page');
    await shoot(page, 'editors');
    await page.goto(`${home}?return=//example.org/`);
    await on(page, 'account');
    check('no other site is a way back', new URL(page.url()).host, `localhost:${site.port}`);
    check('roles', /editor/.test(await page.textContent('#facts')), true);
    await page.context().close();
  },

  async 'second factor, confirmation, export'() {
    const number = '+447700900777';
    const page = await visitor();
    await logIn(page, 'Grace');
    await on(page, 'account');
    await page.click('#factors button');
    await page.locator('#status.good').waitFor();
    check('second factor: on', await status(page), 'Each login needs a code from now on.');
    // The session has shown one proof only.
    let seen = codesFor(number).length;
    await page.click('#export');
    await page.locator('#confirm[open]').waitFor();
    check('a dialog asks for both proofs', await page.locator('#confirm input:visible').evaluateAll((all) => all.map((i) => i.name)), ['password', 'code']);
    check('the dialog has the focus', await focused(page), 'password');
    const code = await codeFor(number, seen);
    await page.locator('#confirm #status.good').waitFor();
    await shiftsOf(page, 'dialog');
    await shoot(page, 'confirm', { fullPage: false });
    check('a wrong password', await refused(page, 'confirm', { password: 'wrong password', code }), ['password', 'The password is wrong.']);
    await page.keyboard.press('Escape');
    await page.locator('#status.bad', { hasText: 'Not confirmed' }).waitFor();
    check('Escape closes it', [await page.locator('#confirm[open]').count(), await page.evaluate(() => document.activeElement.id)], [0, 'export']);
    await page.click('#export');
    await page.locator('#confirm [name=code]:visible').waitFor();
    await fill(page, 'confirm', { password, code });
    const download = page.waitForEvent('download');
    await submit(page, 'confirm');
    const file = JSON.parse(readFileSync(await (await download).path(), 'utf8'));
    check('the export follows', [file.account.username, 'success' in file], ['Grace', false]);
    await page.locator('#status.good').waitFor();

    advance(31);
    seen = codesFor(number).length;
    await page.click('#logout');
    await on(page, 'login');
    check('logged out', await status(page), 'You are logged out.');
    await page.goto(`${home}#account`);
    await on(page, 'login');
    await fill(page, 'login', { username: 'Grace', password });
    await submit(page, 'login');
    await on(page, 'code');
    check('a login asks for the code', await page.textContent('#code .intro'), 'A text with a code is on its way to your number.');
    check('and says when another one can be sent', /^Another code in \d+ s$/.test(await page.textContent('#code .again')), true);
    await enterCode(page, number, seen);
    await on(page, 'account');
    // A code alone is one of two proofs too.
    advance(31);
    seen = codesFor(number).length;
    await page.click('#logout');
    await on(page, 'login');
    await page.click('text=Log in with a code');
    await on(page, 'login-code');
    await shoot(page, 'login-code');
    await fill(page, 'login-code', { username: 'Grace' });
    await submit(page, 'login-code');
    await enterCode(page, number, seen);
    await page.locator('#code [name=password]:visible').waitFor();
    check('after the code, the password', [await page.textContent('#code h1'), await focused(page)], ['Enter your password', 'password']);
    await shoot(page, 'code-password');
    await fill(page, 'code', { password });
    await submit(page, 'code');
    await on(page, 'account');
    await page.click('#factors button');
    await page.locator('#status.good').waitFor();
    check('second factor: off', await status(page), 'A login needs one proof only.');
    await page.context().close();
  },

  async 'more methods'() {
    const page = await visitor();
    const answer = (methods, retry_after) => ({ status: 202, contentType: 'application/json',
      body: JSON.stringify({ success: true, msg: '', challenge: 'c', methods, retry_after }) });
    const sent = [];
    await page.route('**/app_api/authenticate', (route) => route.fulfill(answer(['hologram', 'totp', 'recovery', 'sms'], 0)));
    await page.route('**/app_api/authenticate/sms', (route) => { sent.push(route.request().postDataJSON()); route.fulfill(answer(['sms'], 30)); });
    await logIn(page, 'Grace');
    await on(page, 'code');
    check('known methods, strongest first', await page.locator('#code [type=radio]').evaluateAll((all) => all.map((i) => i.value)), ['totp', 'recovery', 'sms']);
    check('no text is offered for an app', await page.locator('#code .again:visible').count(), 0);
    await shoot(page, 'code-methods');
    await page.check('#code [value=recovery]');
    check('recovery codes have letters', await page.getAttribute('#code [name=code]', 'inputmode'), 'text');
    await page.check('#code [value=sms]');
    await page.locator('#code .again[aria-disabled]').waitFor();
    check('a text is sent once its owner chooses it', sent, [{ challenge: 'c' }]);
    await page.unroute('**/app_api/authenticate');
    await page.route('**/app_api/authenticate', (route) => route.fulfill(answer(['hologram'], 0)));
    await logIn(page, 'Grace');
    await page.locator('#status.bad').waitFor();
    check('only unknown methods', await status(page), 'This page cannot ask for the second factor of your account.');
    await page.context().close();
  },

  async 'change of number'() {
    const page = await visitor();
    await logIn(page, 'Grace');
    await on(page, 'account');
    await page.click('text=Change the mobile number');
    await on(page, 'number');
    await shoot(page, 'number');
    check('the same number', await refused(page, 'number', { smsmobile: '07700900777' }), ['smsmobile', 'This is your number already.']);
    advance(360);
    await fill(page, 'number', { smsmobile: '07700 900779' });
    await submit(page, 'number');
    await page.locator('#confirm[open]').waitFor();
    check('after five minutes: the password is needed', await page.locator('#confirm input:visible').evaluateAll((all) => all.map((i) => i.name)), ['password']);
    await fill(page, 'confirm', { password });
    await submit(page, 'confirm');
    await on(page, 'code');
    const code = await codeFor('+447700900779');
    check('a wrong code', await refused(page, 'code', { code: wrong(code) }), ['code', 'This is not right. Check it and try again.']);
    await fill(page, 'code', { code });
    await submit(page, 'code');
    await on(page, 'account');
    check('the new number', [await status(page), /07700 900779/.test(await page.textContent('#facts'))], ['Your number was changed.', true]);
    await page.context().close();
  },

  async 'sessions, change of password'() {
    const page = await visitor();
    const other = await visitor({ userAgent: 'Mozilla/5.0 (iPhone) Safari/605.1' });
    const third = await visitor({ userAgent: 'curl/8' });
    for (const each of [page, other, third]) {
      await logIn(each, 'Grace');
      await on(each, 'account');
    }
    await page.click('nav >> text=Sessions');
    await on(page, 'sessions');
    check('the link of the view is marked', await page.getAttribute('nav [href="#sessions"]', 'aria-current'), 'page');
    const names = await page.locator('#session-list strong').allTextContents();
    check('sessions by device', [names.includes('Chrome, Linux'), names.includes('Safari, iPhone'), names.includes('curl/8')], [true, true, true]);
    await shoot(page, 'sessions');
    await page.click('#session-list li:has-text("curl/8") button');
    await page.locator('#status.good').waitFor();
    check('one session is ended', [await status(page), await page.locator('#session-list li:has-text("curl/8")').count()], ['The session was ended.', 0]);
    await third.click('nav >> text=Sessions');
    await on(third, 'login');
    check('its owner has to log in again', await status(third), 'Your session has ended. Log in again.');
    await fill(third, 'login', { username: 'Grace', password });
    await submit(third, 'login');
    await on(third, 'sessions');
    check('and is back at the view', await view(third), 'sessions');

    await page.goto(`${home}#password`);
    await on(page, 'password');
    await shoot(page, 'password');
    check('a wrong current password', await refused(page, 'password', { password: 'wrong password', newPassword: `${password} 2` }),
      ['password', 'The password is wrong.']);
    check('a weak new password', await refused(page, 'password', { password, newPassword: 'password' }),
      ['newPassword', '8 characters or more, not a common one, not your name.']);
    await fill(page, 'password', { password, newPassword: `${password} 2` });
    await submit(page, 'password');
    await on(page, 'account');
    check('the password is changed', await status(page), 'Your password was changed.');
    await other.click('#export');
    await on(other, 'login');
    check('other sessions ended', await status(other), 'Your session has ended. Log in again.');
    await page.goto(`${home}#sessions`);
    await page.click('#logout-all');
    await on(page, 'login');
    for (const each of [page, other, third]) await each.context().close();
  },

  async 'refresh of tokens'() {
    const page = await visitor();
    await logIn(page, 'Grace', `${password} 2`);
    await on(page, 'account');
    const calls = [];
    page.on('request', (request) => /\/token$/.test(request.url()) && calls.push(request.method()));
    advance(3700);
    await page.click('nav >> text=Sessions');
    await on(page, 'sessions');
    await page.click('nav >> text=Account');
    await on(page, 'account');
    check('an expired token is renewed once', calls, ['POST']);
    advance(3700);
    await page.goto(`${home}private/`);
    await page.waitForURL(`${home}private/`);
    check('a page of the guard too', await page.textContent('h1'), 'Members’ page');
    await page.context().close();
  },

  async 'forgotten password'() {
    const page = await visitor();
    await page.goto(home);
    await page.click('text=Forgot your password?');
    await on(page, 'forgot');
    await shoot(page, 'forgot');
    const seen = codesFor('+447700900779').length;
    await fill(page, 'forgot', { username: 'Grace' });
    await submit(page, 'forgot');
    await on(page, 'reset');
    check('the code is next', [await focused(page), await page.inputValue('#reset [name=username]')], ['code', 'Grace']);
    const code = await codeFor('+447700900779', seen);
    await shoot(page, 'reset');
    check('a weak password', await refused(page, 'reset', { code, password: 'password' }),
      ['password', '8 characters or more, not a common one, not your name.']);
    check('a wrong code', await refused(page, 'reset', { code: wrong(code), password }), ['code', 'This is not right. Check it and try again.']);
    await fill(page, 'reset', { code });
    await submit(page, 'reset');
    await on(page, 'login');
    check('the password is set', [await status(page), await page.inputValue('#login [name=username]')],
      ['Your password was changed. Log in with the new one.', 'Grace']);
    await fill(page, 'login', { password });
    await submit(page, 'login');
    await on(page, 'account');
    await page.context().close();
  },

  async 'text read by the browser (WebOTP)'() {
    const page = await visitor();
    await page.addInitScript(() => {
      window.OTPCredential = class {};
      navigator.credentials.get = ({ otp, signal }) => new Promise((done, fail) => {
        window.deliver = (code) => done({ code });
        signal.addEventListener('abort', () => fail(new DOMException('aborted', 'AbortError')));
        window.transport = otp.transport;
      });
    });
    await page.goto(`${home}#signup`);
    await on(page, 'signup');
    await fill(page, 'signup', { username: 'Hedy', password, smsmobile: '+447700900780' });
    await submit(page, 'signup');
    await on(page, 'code');
    await page.evaluate((code) => window.deliver(code), await codeFor('+447700900780'));
    await on(page, 'login');
    check('the code is entered by itself', await status(page), 'Your number is verified. Log in now.');
    await page.context().close();
  },

  async 'unverified number'() {
    const page = await visitor();
    await page.goto(`${home}?invitation=unknown#signup`);
    await on(page, 'signup');
    check('an invalid invitation', await refused(page, 'signup', { username: 'Ida', password, smsmobile: '+447700900781' }),
      ['invitation', 'This invitation is not valid.']);
    await fill(page, 'signup', { invitation: '' });
    await submit(page, 'signup');
    await on(page, 'code');
    await page.goto('about:blank');
    const later = await visitor();
    await logIn(later, 'Ida');
    await on(later, 'code');
    check('a login leads to the code', await status(later), 'Your number is not verified yet.');
    advance(31);
    await later.click('#code .again');
    await later.locator('#status.good').waitFor();
    check('another code', await status(later), 'A code was sent.');
    await enterCode(later, '+447700900781', 1);
    await on(later, 'login');
    await page.context().close();
    await later.context().close();
  },

  async 'keyboard'() {
    const page = await visitor();
    await page.goto(home);
    await on(page, 'login');
    const order = [];
    for (let i = 0; i < 10; i++) {
      await page.keyboard.press('Tab');
      order.push(await page.evaluate(() => document.activeElement.name || document.activeElement.ariaLabel || document.activeElement.textContent));
    }
    check('the order of the page', order, ['mod_authsms', 'EN', 'DE', 'Log in', 'Sign up', 'username', 'password',
      'Show', 'Log in', 'Log in with a code']);
    await page.focus('#login [name=username]');
    await page.keyboard.type('Grace');
    await page.keyboard.press('Tab');
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    await on(page, 'account');
    check('a login without a mouse', await focused(page), 'H1');
    await shiftsOf(page, 'login');
    await page.context().close();
  },

  async 'German'() {
    const page = await visitor({ locale: 'de-AT', viewport: { width: 320, height: 640 } });
    await page.goto(home);
    await on(page, 'login');
    check('the browser’s language', await page.evaluate(() => [document.documentElement.lang, document.querySelector('#login h1').textContent, document.title]),
      ['de', 'Anmelden', 'Anmelden – mod_authsms']);
    await shiftsOf(page, 'German');
    await page.click('#languages [lang=en]');
    await page.locator('html[lang=en]').waitFor();
    await page.reload();
    await on(page, 'login');
    check('the choice stays', await page.textContent('#login h1'), 'Log in');
    check('errors of the API in German', await (async () => {
      await page.click('#languages [lang=de]');
      await page.locator('html[lang=de]').waitFor();
      return refused(page, 'login', { username: 'Grace', password: 'falsch' });
    })(), ['password', 'Benutzername oder Passwort ist falsch.']);
    await page.context().close();
  },

  async 'deletion'() {
    const page = await visitor();
    await logIn(page, 'Hedy');
    await on(page, 'account');
    await page.click('text=Delete the account');
    await on(page, 'delete');
    await shoot(page, 'delete');
    check('a wrong password', await refused(page, 'delete', { password: 'wrong password' }), ['password', 'The password is wrong.']);
    await fill(page, 'delete', { password });
    await submit(page, 'delete');
    await on(page, 'signup');
    check('the account is deleted', await status(page), 'Your account was deleted.');
    await logIn(page, 'Hedy');
    await page.locator('#login [aria-invalid]').waitFor();
    check('its login too', await status(page), 'Please correct the marked field.');
    await page.context().close();
  },
};

// A pattern of names, for work on one flow. Flows use accounts and passwords of earlier ones.
const only = process.env.AUTHSMS_FLOW;
try {
  for (const [name, flow] of Object.entries(flows)) {
    if (only && !name.match(only)) continue;
    try {
      await flow();
    } catch (error) {
      check(`${name}: comes to its end`, error.stack, '');
    }
    check(`${name}: no script error, no violation of the policy`, problems.splice(0), []);
  }
} finally {
  await browser.close();
}
