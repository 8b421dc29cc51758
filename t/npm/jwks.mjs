// SPDX-License-Identifier: Apache-2.0
// Does a key set verify a token? node jwks.mjs JWKS-TEXT TOKEN → its claims, or an error.
import { createLocalJWKSet, jwtVerify } from 'jose';

const [set, token] = process.argv.slice(2);
console.log(JSON.stringify((await jwtVerify(token, createLocalJWKSet(JSON.parse(set)))).payload));
