// SPDX-License-Identifier: Apache-2.0
// Verify a token as a resource server that knows only the issuer's metadata:
// node metadata.mjs METADATA-URL TOKEN → its claims, or the name of the error.
import { createRemoteJWKSet, jwtVerify } from 'jose';

const [url, token] = process.argv.slice(2);
const metadata = await (await fetch(url)).json();
const keys = createRemoteJWKSet(new URL(metadata.jwks_uri));
try {
    console.log(JSON.stringify((await jwtVerify(token, keys, { issuer: metadata.issuer })).payload));
} catch (error) {
    console.log(JSON.stringify({ error: error.code }));
}
