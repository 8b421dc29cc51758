// SPDX-License-Identifier: Apache-2.0
// Calls of the API. Tokens are in HttpOnly cookies: no script sees them.
import config from '../config.js';

// A response that is not a success. `code` is the API's error word, or `network`.
export class Failure extends Error {
  constructor(status, body, wait) {
    super(body.msg);
    this.status = status;
    this.code = body.code ?? 'server_error';
    this.id = body.id;
    this.wait = wait;       // seconds of Retry-After
  }

  // Is it the token that was refused, and not a password or a code?
  get signedOut() {
    return ['no_token', 'invalid_token', 'expired_token'].includes(this.code);
  }
}

async function request(method, path, body) {
  let response;
  try {
    response = await fetch(config.api + path, {
      method,
      headers: body && { 'Content-Type': 'application/json' },
      body: body && JSON.stringify(body),
    });
  } catch {
    throw new Failure(0, { code: 'network' });
  }
  const json = await response.json().catch(() => ({}));
  if (!response.ok || !json.success) {
    throw new Failure(response.status, json, Number(response.headers.get('Retry-After')) || 0);
  }
  return json;
}

let refreshing;

// Exchanges the refresh cookie, once for all calls that wait for it.
function refresh() {
  refreshing ??= request('POST', '/token').finally(() => { refreshing = undefined; });
  return refreshing;
}

// Calls a route and returns its JSON. An expired token is renewed, and the call repeated.
export async function call(method, path, body) {
  try {
    return await request(method, path, body);
  } catch (failure) {
    if (!failure.signedOut) throw failure;
    await refresh();
    return request(method, path, body);
  }
}
