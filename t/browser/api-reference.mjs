// SPDX-License-Identifier: Apache-2.0
// Uses the page of conf/api-reference in Chromium: node api-reference.mjs URL [DIRECTORY for screenshots].
// Prints its observations as one JSON object.
import { createRequire } from 'node:module';

const { chromium } = createRequire(new URL('../npm/package.json', import.meta.url))('playwright-core');
const [url, screenshots] = process.argv.slice(2);
const seen = { errors: [], wide: {}, faint: {} };

// The texts whose contrast to their background is below 4.5 (WCAG 2.2, 1.4.3).
function findFaint() {
  const channels = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const background = (node) => {
    const found = channels(getComputedStyle(node).backgroundColor);
    return found.length === 4 && found[3] === 0 && node.parentElement ? background(node.parentElement) : found;
  };
  return [...document.querySelectorAll('body *')]
    .filter((node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()))
    .filter((node) => node.tagName !== 'NOSCRIPT')
    .filter((node) => {
      const [dark, light] = [luminance(channels(getComputedStyle(node).color)), luminance(background(node))].sort((a, b) => a - b);
      return (light + 0.05) / (dark + 0.05) < 4.5;
    })
    .map((node) => node.textContent.slice(0, 40));
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(15000);
  const report = (text, at = '') => { if (!at.endsWith('/favicon.ico')) seen.errors.push(`${text} ${at}`); };
  page.on('pageerror', (error) => report(error.message));
  const onConsole = (message) => { if (message.type() === 'error') report(message.text(), message.location().url); };
  page.on('console', onConsole);
  await page.goto(url);
  await page.waitForSelector('article h3');
  seen.routes = await page.$$eval('article h3', (all) => all.map((node) => node.textContent));
  seen.links = await page.$$eval('nav a', (all) => all.map((node) => node.textContent));
  seen.duplicates = await page.evaluate(() => {
    const ids = [...document.querySelectorAll('[id]')].map((node) => node.id);
    return ids.filter((id, i) => ids.indexOf(id) !== i);
  });
  await page.$$eval('details', (all) => all.forEach((node) => { node.open = true; }));
  seen.text = await page.innerText('main');
  for (const scheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: scheme });
    const faint = await page.evaluate(findFaint);
    if (faint.length) seen.faint[scheme] = faint;
    for (const width of [320, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      if (await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)) seen.wide[`${scheme} ${width}`] = true;
      if (screenshots) await page.screenshot({ path: `${screenshots}/api-reference-${scheme}-${width}.png` });
    }
  }
  await page.goto(`${url}#changeNumber`);
  await page.reload();
  await page.waitForSelector('#changeNumber');
  seen.at = await page.evaluate(() => [...document.querySelectorAll('article')]
    .find((node) => node.getBoundingClientRect().top >= 0)?.id);
  page.off('console', onConsole);
  await page.route('**/openapi.json', (route) => route.fulfill({ status: 404, body: '' }));
  await page.goto(`${url}?`);
  await page.waitForFunction(() => document.getElementById('message').textContent.includes('cannot'));
  seen.absent = await page.textContent('#message');
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
