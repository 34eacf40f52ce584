// SPDX-License-Identifier: BSD-2-Clause
// node authentik.mjs DIR PORT
//
// Behaves as authentik does towards this project, with its traps:
//  - at the token endpoint client_credentials and password are one path: with
//    a user name, user and app password are looked up and the client secret
//    is not looked at; without one, the right client secret gives a token of
//    a generated service account whatever the password is;
//  - unknown user, wrong, expired and denied are all invalid_grant;
//  - access tokens have the type JWT, sub is a hash, the login name is in
//    preferred_username, the client in azp and aud;
//  - the outpost in front of /outpost/ takes Basic with the user name
//    goauthentik.io/token and a token as password, hands out a cookie that is
//    taken instead, and can be told to answer wrong ones with a login page.
// Control, besides server.mjs: /password {user, state}: a new app password,
// "good", "expired" or "denied"; /token {user}; /rename {from, to}: whom tokens
// of a user name instead; /outpost {wrong: "401" | "page", anonymous: "401" |
// "302"}.
import * as crypto from 'node:crypto';
import { serve } from './server.mjs';

const [dir, port] = [process.argv[2], Number(process.argv[3])];
const base = `https://localhost:${port}/application/o`;
const issuer = `${base}/ssh/`;
const client = { id: 'ssh-client', secret: 'client-secret' };

// user: {password: state}
const users = { alice: {}, bob: {}, dora: {} };
const isGood = (user, password) => users[user]?.[password] === 'good';
const renamed = {};
const outpost = { wrong: '401', anonymous: '401' };
const issued = new Map(); // token: user
const sessions = new Map(); // cookie: user

// PEM, and the JWK from that: see tests/e2e/idp/idp.mjs.
const { privateKey, publicKey } = crypto.generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const kid = 'ak1';
const part = (value) => Buffer.from(JSON.stringify(value))
  .toString('base64url');

const tokenFor = (user) => {
  const now = Math.floor(Date.now() / 1000);
  const text = `${part({ alg: 'RS256', kid, typ: 'JWT' })}.${part({
    iss: issuer,
    sub: crypto.createHash('sha256').update(user).digest('hex'),
    aud: client.id,
    azp: client.id,
    exp: now + 300,
    iat: now,
    auth_time: now,
    acr: 'goauthentik.io/providers/oauth2/default',
    jti: crypto.randomUUID(),
    uid: crypto.randomBytes(20).toString('base64url'),
    scope: 'openid profile',
    preferred_username: user,
    groups: [`${user}-group`],
  })}`;
  const token = `${text}.${crypto.sign('sha256', Buffer.from(text), privateKey)
    .toString('base64url')}`;
  issued.set(token, user);
  return token;
};

const failed = (error) => ({ status: 400, body: { error } });

const token = ({ method, form, basic }) => {
  const given = basic ?? { user: form.client_id, password: form.client_secret };
  if (method !== 'POST') return { status: 405 };
  if (given.user !== client.id) return failed('invalid_client');
  if (!['client_credentials', 'password'].includes(form.grant_type)) {
    return failed('unsupported_grant_type');
  }
  let user = form.username;
  if (user) {
    if (!isGood(user, form.password)) return failed('invalid_grant');
    user = renamed[user] ?? user;
  } else {
    if (given.password !== client.secret) return failed('invalid_client');
    user = 'ak-ssh-client_credentials';
  }
  return {
    headers: { 'Cache-Control': 'no-store' },
    body: {
      access_token: tokenFor(user), token_type: 'Bearer', expires_in: 300,
      scope: form.scope ?? '', id_token: tokenFor(user),
    },
  };
};

const whoAtOutpost = ({ basic, bearer, cookies }) => {
  const session = sessions.get(cookies.authentik_proxy);
  if (session) return session;
  if (bearer) return issued.get(bearer);
  if (basic?.user === 'goauthentik.io/token') return issued.get(basic.password);
  return basic && isGood(basic.user, basic.password) ? basic.user : undefined;
};

const protectedPage = (asked) => {
  const user = whoAtOutpost(asked);
  if (user) {
    const id = crypto.randomUUID();
    sessions.set(id, user);
    return {
      headers: {
        'X-authentik-username': user,
        'Set-Cookie': `authentik_proxy=${id}; Path=/; HttpOnly; Secure`,
      },
      body: { user },
    };
  }
  const anonymous = !asked.basic && !asked.bearer;
  if (anonymous && outpost.anonymous === '302') {
    return { status: 302, headers: { Location: `${base}/authorize/?x` } };
  }
  if (!anonymous && outpost.wrong === 'page') {
    return { body: '<html><title>authentik</title>Log in</html>' };
  }
  return {
    status: 401,
    headers: { 'WWW-Authenticate': 'Basic realm="authentik"' },
    body: 'Unauthorized',
  };
};

const pages = {
  '/application/o/ssh/.well-known/openid-configuration': () => ({
    body: {
      issuer,
      authorization_endpoint: `${base}/authorize/`,
      token_endpoint: `${base}/token/`,
      userinfo_endpoint: `${base}/userinfo/`,
      introspection_endpoint: `${base}/introspect/`,
      jwks_uri: `${issuer}jwks/`,
      grant_types_supported: ['client_credentials', 'password'],
      id_token_signing_alg_values_supported: ['RS256'],
      subject_types_supported: ['public'],
      response_types_supported: ['code'],
    },
  }),
  '/application/o/ssh/jwks/': () => ({
    body: {
      keys: [{
        ...crypto.createPublicKey(publicKey).export({ format: 'jwk' }),
        kid, alg: 'RS256', use: 'sig',
      }],
    },
  }),
  '/application/o/token/': token,
  '/outpost/': protectedPage,
};

await serve(dir, port, (asked) =>
  (pages[asked.path] ?? (() => ({ status: 404 })))(asked), {
  outpost: (how) => Object.assign(outpost, how),
  rename: ({ from, to }) => { renamed[from] = to; return renamed; },
  token: ({ user = 'alice' }) => ({ access_token: tokenFor(user) }),
  password: ({ user = 'alice', state = 'good' }) => {
    const password = crypto.randomBytes(30).toString('hex');
    users[user][password] = state;
    return { password };
  },
});
