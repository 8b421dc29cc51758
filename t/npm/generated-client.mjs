// SPDX-License-Identifier: Apache-2.0
// Runs the compiled generated-client.ts: node generated-client.mjs CLIENT URL LOG. The codes are in the
// log. Prints what the client has seen as one JSON object.
import { readFileSync } from 'node:fs';

const [client, url, log] = process.argv.slice(2);

async function codeFor(number) {
  for (let i = 0; i < 100; i++) {
    const found = [...readFileSync(log, 'utf8').matchAll(new RegExp(`SMS to \\${number}: .*code is (\\d+)`, 'g'))];
    if (found.length) return found.at(-1)[1];
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`no code for ${number}`);
}

const { run } = await import(client);
console.log(JSON.stringify(await run(url, codeFor)));
