// SPDX-License-Identifier: Apache-2.0
// What the well-known JWT libraries say of our token, and tokens of theirs: node tokens.mjs KEYFILE TOKEN ID SID → one JSON object.
import { readFileSync } from 'node:fs';
import { SignJWT, jwtVerify } from 'jose';
import jsonwebtoken from 'jsonwebtoken';
import simple from 'jwt-simple';

const [keyFile, token, id, sid] = process.argv.slice(2);
const key = Buffer.from(readFileSync(keyFile, 'utf8').trim().slice('hex:'.length), 'hex');
const claims = { id, sid, dateLogOn: new Date().toISOString() };

console.log(JSON.stringify({
  verified: {
    jsonwebtoken: jsonwebtoken.verify(token, key, { algorithms: ['HS256'] }),
    jose: (await jwtVerify(token, key, { algorithms: ['HS256'] })).payload,
    'jwt-simple': simple.decode(token, key, false, 'HS256'),
  },
  made: {
    jsonwebtoken: jsonwebtoken.sign(claims, key, { subject: id, expiresIn: '5m' }),
    jose: await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).setSubject(id)
      .setIssuedAt().setExpirationTime('5m').sign(key),
  },
  original: simple.encode({ id, dateLogOn: new Date() }, key),
}));
