// SPDX-License-Identifier: BSD-2-Clause
// node idp.mjs DIR PORT
//
// A real OpenID Provider (npm's oidc-provider) on https://localhost:PORT with
// DIR/server.{key,pem}, and a control port on http://127.0.0.1:PORT+1 that
// takes JSON by POST:
//   /token  {user, client, alg, scope, ttl, extra, payload, header}  an access
//           token; alg: a JOSE name (a JWT), "opaque" (a token for AUDIENCE),
//           "bare" (an opaque one for nobody, good at /me)
//   /tokens {count, ...}  as many of them
//   /revoke {token}                               it is not active any more
//   /fault  {path, times, status, body, type, headers, delay, reset, half} or
//           {clear: true}
//   /approve {user_code, user, deny}              a person confirms a device
//           login, or denies it
//   /hits   {}                                    requests seen, per path
// Writes DIR/rs-jwt.pem (the key of the client of that name), DIR/hs256.key
// (the secret of HS256), and DIR/ready once both ports listen.
import * as crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';

// Node 20 lacks it; oidc-provider 9 uses it.
URL.parse ??= (url, base) => {
  try { return new URL(url, base); } catch { return null; }
};
const { default: Provider } = await import('oidc-provider');

const [dir, port] = [process.argv[2], Number(process.argv[3])];
const issuer = `https://localhost:${port}`;

// By way of PEM: exporting the key object of generateKeyPairSync as a JWK now
// and then never comes back in Node 20, when the collector of garbage runs
// within and waits for the key's own lock.
const pem = { type: 'pkcs8', format: 'pem' };
const key = (type, options, alg, kid) => ({
  ...crypto.createPrivateKey(crypto.generateKeyPairSync(type, {
    ...options,
    privateKeyEncoding: pem,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey).export({ format: 'jwk' }),
  alg, kid, use: 'sig',
});
const keys = [
  key('rsa', { modulusLength: 2048 }, 'RS256', 'rs1'),
  key('rsa', { modulusLength: 2048 }, 'PS256', 'ps1'),
  key('ec', { namedCurve: 'P-256' }, 'ES256', 'es1'),
  key('ec', { namedCurve: 'P-384' }, 'ES384', 'es3'),
  key('ed25519', {}, 'EdDSA', 'ed1'),
];
const scope = 'ssh:login mail';
const shared = crypto.randomBytes(32);
fs.writeFileSync(`${dir}/hs256.key`, shared, { mode: 0o600 });

// https://host.test/ALG gives JWT access tokens signed with ALG (RFC 9068),
// https://host.test/opaque such as only introspection explains; ssh://HOST
// tokens for that host.
const resourceInfo = (ctx, uri) => {
  const host = uri.startsWith('ssh://');
  const alg = host ? 'ES256' : uri.split('/').pop();
  const sign = alg === 'HS256' ? { alg, key: shared, kid: 'hs1' } : { alg };
  return {
    audience: host ? uri : process.env.AUDIENCE ?? uri,
    scope,
    accessTokenTTL: 3600,
    ...alg === 'opaque' ? { accessTokenFormat: 'opaque' }
      : { accessTokenFormat: 'jwt', jwt: { sign } },
  };
};

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
const deviceResource = 'https://host.test/ES256';

// Who may introspect: one client for each way to authenticate.
const { d: secretPart, ...clientKey } = key('ec', { namedCurve: 'P-256' },
  'ES256', 'rs-jwt');
fs.writeFileSync(`${dir}/rs-jwt.pem`, crypto.createPrivateKey({
  key: { ...clientKey, d: secretPart }, format: 'jwk',
}).export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
const asker = (name, method, more) => ({
  client_id: name, token_endpoint_auth_method: method, redirect_uris: [],
  response_types: [], grant_types: ['client_credentials'],
  introspection_signed_response_alg: 'ES256', ...more,
});
const askers = [
  asker('rs', 'client_secret_basic', { client_secret: 'rs-secret' }),
  asker('rs-odd', 'client_secret_basic', { client_secret: 'a+b%c d:e' }),
  asker('rs-post', 'client_secret_post', { client_secret: 'rs-secret' }),
  asker('rs-hmac', 'client_secret_jwt', {
    client_secret: 'rs-secret-of-32-bytes-or-longer!',
  }),
  asker('rs-jwt', 'private_key_jwt', { jwks: { keys: [clientKey] } }),
  asker('rs-mtls', 'tls_client_auth', {
    tls_client_auth_san_dns: 'client.test',
  }),
];
const certificate = (ctx) => ctx.socket.getPeerX509Certificate?.();

// Its own in-memory store forgets all but the last thousand.
const kept = new Map();
class Store {
  constructor(name) { this.name = name; }
  key(id) { return `${this.name}:${id}`; }
  async upsert(id, payload) { kept.set(this.key(id), payload); }
  async find(id) { return kept.get(this.key(id)); }
  async findByUserCode(code) {
    return [...kept.values()].find((payload) => payload.userCode === code);
  }
  async findByUid(uid) {
    return [...kept.values()].find((payload) => payload.uid === uid);
  }
  async destroy(id) { kept.delete(this.key(id)); }
  async consume(id) { kept.get(this.key(id)).consumed = true; }
  async revokeByGrantId(id) {
    for (const [key, payload] of kept) {
      if (payload.grantId === id) kept.delete(key);
    }
  }
}

// What httpauth-token comes back to from this issuer.
const redirect = `http://127.0.0.1/callback/${crypto.createHash('sha256')
  .update(issuer).digest('hex').slice(0, 16)}`;

const provider = new Provider(issuer, {
  adapter: Store,
  clients: [{
    client_id: 'app', client_secret: 'secret', redirect_uris: [],
    response_types: [], grant_types: ['client_credentials'],
    scope: `openid ${scope}`,
  }, {
    client_id: 'device', token_endpoint_auth_method: 'none', redirect_uris: [],
    response_types: [], application_type: 'native',
    grant_types: [deviceGrant],
    scope: `openid ${scope}`,
  }, {
    client_id: 'httpauth-token', token_endpoint_auth_method: 'none',
    redirect_uris: [redirect], response_types: ['code'],
    application_type: 'native', scope: `openid offline_access ${scope}`,
    grant_types: ['authorization_code', 'refresh_token', deviceGrant],
  }, ...askers],
  jwks: { keys },
  scopes: ['openid', 'offline_access', ...scope.split(' ')],
  cookies: { keys: ['k'] },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  clientAuthMethods: ['client_secret_basic', 'client_secret_post',
    'client_secret_jwt', 'private_key_jwt', 'tls_client_auth', 'none'],
  extraTokenClaims: (ctx, token) => token.extra,
  formats: {
    customizers: {
      jwt: (ctx, token, parts) => {
        Object.assign(parts.payload, token.over?.payload);
        if (token.over?.header) parts.header = token.over.header;
      },
    },
  },
  ttl: {
    AccessToken: 3600, ClientCredentials: 600, DeviceCode: 600, Grant: 86400,
    AuthorizationCode: 60, Interaction: 600, RefreshToken: 86400, Session: 600,
    IdToken: 600,
  },
  features: {
    devInteractions: { enabled: true },
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    introspection: {
      enabled: true,
      allowedPolicy: (ctx, client) => client.clientAuthMethod !== 'none',
    },
    jwtIntrospection: { enabled: true },
    revocation: { enabled: true, allowedPolicy: () => true },
    mTLS: {
      enabled: true,
      tlsClientAuth: true,
      getCertificate: certificate,
      certificateAuthorized: (ctx) => ctx.socket.authorized,
      certificateSubjectMatches: (ctx, property, wanted) =>
        property === 'tls_client_auth_san_dns' &&
        certificate(ctx).subjectAltName.split(', ').includes(`DNS:${wanted}`),
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: (ctx, client) =>
        (['device', 'httpauth-token'].includes(client?.clientId)
          ? deviceResource : undefined),
      getResourceServerInfo: resourceInfo,
      useGrantedResource: () => true,
    },
  },
});

provider.on('server_error', (ctx, error) => console.error(error));

const faults = [];
const hits = {};
const control = {
  async token({ user = 'alice', client: name = 'app', alg = 'ES256',
    scope: wanted = 'ssh:login', ttl = 600, extra, payload, header }) {
    const client = await provider.Client.find(name);
    const resource = `https://host.test/${alg}`;
    const grant = new provider.Grant({ accountId: user, clientId: name });
    if (alg === 'bare') grant.addOIDCScope(wanted);
    else grant.addResourceScope(resource, wanted);
    const token = new provider.AccessToken({
      accountId: user, client, grantId: await grant.save(), gty: 'test',
      scope: wanted, extra, expiresIn: ttl,
    });
    if (alg !== 'bare') {
      token.resourceServer = {
        ...resourceInfo(null, resource), identifier: () => resource,
      };
    }
    token.over = { payload, header };
    return { access_token: await token.save() };
  },
  async tokens({ count, ...what }) {
    const made = [];
    while (made.length < count) made.push((await control.token(what)).access_token);
    return made;
  },
  async revoke({ token }) {
    await (await provider.AccessToken.find(token)).destroy();
    return {};
  },
  async approve({ user_code: shown, user = 'alice', deny }) {
    const code = await provider.DeviceCode.findByUserCode(
      shown.replace(/-/g, ''));
    if (!code) return { error: 'unknown user_code' };
    if (deny) {
      code.error = 'access_denied';
    } else {
      const grant = new provider.Grant({
        accountId: user, clientId: code.clientId,
      });
      const resource = code.params.resource ?? deviceResource;
      grant.addResourceScope(resource, scope);
      // All that was asked for only where that says a refresh token is.
      const renewable = code.params.scope?.includes('offline_access');
      if (renewable) grant.addOIDCScope('openid offline_access');
      Object.assign(code, {
        accountId: user, resource,
        scope: renewable ? code.params.scope : 'ssh:login',
        authTime: Math.floor(Date.now() / 1000), grantId: await grant.save(),
      });
    }
    await code.save();
    return {};
  },
  async fault(fault) {
    if (fault.clear) faults.length = 0;
    else faults.push({ times: 1, ...fault });
    return {};
  },
  async hits() { return hits; },
};

provider.use(async (ctx, next) => {
  hits[ctx.path] = (hits[ctx.path] ?? 0) + 1;
  const fault = faults.find((f) => f.path === ctx.path && f.times > 0);
  if (!fault) {
    await next();
    // It says none, which means five seconds (RFC 8628 section 3.2).
    if (ctx.body?.device_code) ctx.body.interval = 1;
    return undefined;
  }
  fault.times -= 1;
  if (fault.delay) {
    await new Promise((done) => { setTimeout(done, fault.delay); });
  }
  if (fault.reset) return ctx.req.socket.destroy();
  if (fault.half) {
    ctx.respond = false;
    ctx.res.writeHead(200, {
      'Content-Type': 'application/json', 'Content-Length': 4096,
    });
    ctx.res.write('{"active": true, "sub": ');
    return ctx.req.socket.destroySoon();
  }
  if (!fault.status) return next();
  ctx.status = fault.status;
  if (fault.headers) ctx.set(fault.headers);
  ctx.type = fault.type ?? 'application/json';
  ctx.body = fault.body ?? '{}';
});

const listening = (server, at) => new Promise((done) => {
  server.listen(at, '127.0.0.1', done);
});
const read = (name) => fs.readFileSync(`${dir}/${name}`);
await listening(https.createServer(
  {
    key: read('server.key'), cert: read('server.pem'), ca: read('ca.pem'),
    requestCert: true, rejectUnauthorized: false,
  }, provider.callback(),
), port);
await listening(http.createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  try {
    const answer = await control[request.url.slice(1)](JSON.parse(body || '{}'));
    response.end(JSON.stringify(answer));
  } catch (error) {
    response.statusCode = 500;
    response.end(JSON.stringify({ error: String(error.stack) }));
  }
}), port + 1);
fs.writeFileSync(`${dir}/ready`, '');
