// SPDX-License-Identifier: BSD-2-Clause
// node tokeninfo.mjs DIR PORT
//
// A provider with opaque tokens and no introspection: /tokeninfo says to which
// client a token was given (Bearer, or the form field access_token), /userinfo
// whose it is. Control, besides server.mjs: /token {user, client, ttl, scope}
// gives a token.
import * as crypto from 'node:crypto';
import { serve } from './server.mjs';

const [dir, port] = [process.argv[2], Number(process.argv[3])];
const tokens = new Map();
const now = () => Math.floor(Date.now() / 1000);

const find = ({ bearer, form }) => {
  const token = tokens.get(bearer ?? form.access_token);
  return token && token.end > now() ? token : undefined;
};

const pages = {
  '/tokeninfo': (asked) => {
    const token = find(asked);
    if (!token) return { status: 400, body: { error: 'invalid_token' } };
    return {
      body: {
        azp: token.client, aud: token.client, sub: token.user,
        scope: token.scope, exp: String(token.end),
        expires_in: String(token.end - now()), access_type: 'online',
      },
    };
  },
  '/userinfo': (asked) => {
    const token = find(asked);
    if (!token) {
      return {
        status: 401,
        headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
        body: { error: 'invalid_token' },
      };
    }
    return { body: { sub: token.user, name: 'A person' } };
  },
};

await serve(dir, port, (asked) =>
  (pages[asked.path] ?? (() => ({ status: 404 })))(asked), {
  token: ({ user = 'alice', client = 'ssh-client', ttl = 600,
    scope = 'ssh:login' }) => {
    const token = `opq_${crypto.randomBytes(24).toString('base64url')}`;
    tokens.set(token, { user, client, scope, end: now() + ttl });
    return { access_token: token };
  },
});
