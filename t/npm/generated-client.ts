// SPDX-License-Identifier: Apache-2.0
// A client with the types that openapi-typescript makes from GET /openapi.json. tsc checks it: a route,
// field, status or code word that the document does not have is an error.
import createClient from 'openapi-fetch';
import type { components, paths } from './authsms.js';

export interface Seen {
  id: string;
  wrongCode: string;
  verified: string;
  username: string;
  sessions: number;
  refreshed: boolean;
  changed: number;
  taken: string;
  afterwards: string;
}

function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`no ${what}`);
  return value;
}

// The words of a failed registration are known to the compiler, all of them.
type RegistrationError = components['schemas']['ErrorCode'];

export async function run(baseUrl: string, codeFor: (number: string) => Promise<string>): Promise<Seen> {
  const api = createClient<paths>({ baseUrl });
  const person = { username: 'Grace', password: 'correct horse battery' };
  const number = { smsmobile: '07700 900778' };

  const registered = present((await api.POST('/user', { body: { ...person, ...number } })).data, 'account');
  const path = { id: registered.id };
  const code = await codeFor('+447700900778');
  const wrong = await api.POST('/user/{id}/verify', {
    params: { path }, body: { code: code === '000000' ? '000001' : '000000' },
  });
  const verified = present((await api.POST('/user/{id}/verify', { params: { path }, body: { code } })).data, 'account');

  const login = await api.POST('/authenticate', { body: person });
  const reply = present(login.data, 'login');
  if (!('token' in reply)) throw new Error('a second factor is needed');
  const headers = { Authorization: present(reply.token, 'token') };
  const account = present((await api.GET('/users', { headers })).data, 'account').msg;
  const sessions = present((await api.GET('/sessions', { headers })).data, 'sessions').sessions;
  const next = present((await api.POST('/token', { body: { refresh_token: reply.refresh_token } })).data, 'token');
  const change = await api.PATCH('/users', { headers, body: { smsmobile: '07700 900779', countryCode: 44 } });
  const again = await api.POST('/user', { body: { ...person, ...number } });
  const taken: RegistrationError = present(again.error, 'error').code;
  await api.POST('/logout', { headers });
  const ended = await api.GET('/users', { headers });

  return {
    id: account.id === registered.id ? 'the same' : 'another',
    wrongCode: present(wrong.error, 'error').code,
    verified: verified.msg,
    username: account.username,
    sessions: sessions.filter((session) => session.current).length,
    refreshed: 'refresh_token' in next,
    changed: change.response.status,
    taken,
    afterwards: present(ended.error, 'error').code,
  };
}

// What the compiler must refuse.
export async function wrong(): Promise<void> {
  const api = createClient<paths>({ baseUrl: '' });
  // @ts-expect-error there is no such route
  await api.GET('/nowhere');
  // @ts-expect-error there is no such method
  await api.DELETE('/user');
  // @ts-expect-error the number is required
  await api.POST('/user', { body: { username: 'x', password: 'y' } });
  // @ts-expect-error a password is a string
  await api.POST('/authenticate', { body: { username: 'x', password: 1 } });
  // @ts-expect-error the id is required
  await api.POST('/user/{id}/resend', {});
  const { data, error } = await api.POST('/authenticate', { body: { username: 'x', password: 'y' } });
  // @ts-expect-error it has no such member
  data?.hash;
  // @ts-expect-error it has no such code word
  if (error?.code === 'unknown_session') return;
}
