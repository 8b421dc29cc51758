// SPDX-License-Identifier: Apache-2.0
// Uses the demo's page in Chromium: node demo.mjs URL ERROR_LOG. Prints its observations as one JSON object.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { chromium } = createRequire(new URL('../npm/package.json', import.meta.url))('playwright-core');
const [url, log] = process.argv.slice(2);
const seen = { errors: [] };

async function codeFor(number) {
  for (let i = 0; i < 100; i++) {
    const found = [...readFileSync(log, 'utf8').matchAll(new RegExp(`SMS to \\${number}: .*code is (\\d+)`, 'g'))];
    if (found.length) return found.at(-1)[1];
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`no code for ${number}`);
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(15000);
  page.on('pageerror', (error) => seen.errors.push(error.message));
  const message = () => page.textContent('#message');
  const shown = (step) => page.waitForSelector(`#${step}:not([hidden])`);

  await page.goto(url);
  seen.focus = await page.evaluate(() => document.activeElement.id);
  seen.unlabelled = await page.evaluate(() => [...document.querySelectorAll('input')].filter((i) => !i.labels.length).length);
  await page.fill('#r-username', 'Grace');
  await page.fill('#r-password', 'correct horse battery');
  await page.fill('#r-smsmobile', '12');
  await page.click('#register button');
  await page.waitForSelector('#message.bad');
  seen.refused = await message();
  await page.fill('#r-smsmobile', '07700 900777');
  await page.click('#register button');
  await shown('verify');
  const code = await codeFor('+447700900777');
  await page.fill('#v-code', code === '000000' ? '000001' : '000000');
  await page.click('#verify button');
  await page.waitForSelector('#message.bad');
  seen.wrong = await message();
  await page.fill('#v-code', code);
  await page.click('#verify button');
  await shown('login');
  seen.verified = await message();
  await page.fill('#l-password', 'correct horse battery');
  await page.click('#login button');
  await shown('account');
  seen.profile = await page.textContent('#profile');
  seen.inside = await page.textContent('#private');
  seen.without = await page.textContent('#refused');
  await page.click('#leave');
  await shown('login');
  await page.setViewportSize({ width: 320, height: 640 });
  seen.overflow = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
