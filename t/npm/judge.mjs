// SPDX-License-Identifier: Apache-2.0
// Prism, which ends with whoever started it: node judge.mjs proxy DESCRIPTION URL … with a pipe as its input
process.stdin.resume().on('end', () => process.exit());
await import('@stoplight/prism-cli/dist/index.js');
