// SPDX-License-Identifier: BSD-2-Clause
// node idp.mjs DIR PORT
//
// A real OpenID Provider (npm's oidc-provider) on https://localhost:PORT with
// DIR/server.{key,pem}, and a control port on http://127.0.0.1:PORT+1 that
// takes JSON by POST:
//   /token  {user, alg, scope, ttl, extra, payload, header}  an access token
//   /fault  {path, times, status, body, type, delay, reset} or {clear: true}
//   /hits   {}                                    requests seen, per path
// Writes DIR/ready once both ports listen.
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

const key = (type, options, alg, kid) => ({
  ...crypto.generateKeyPairSync(type, options).privateKey
    .export({ format: 'jwk' }),
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

// https://host.test/ALG gives JWT access tokens signed with ALG (RFC 9068).
const resourceInfo = (ctx, uri) => ({
  audience: process.env.AUDIENCE ?? uri,
  scope,
  accessTokenTTL: 3600,
  accessTokenFormat: 'jwt',
  jwt: { sign: { alg: uri.split('/').pop() } },
});

const provider = new Provider(issuer, {
  clients: [{
    client_id: 'app', client_secret: 'secret', redirect_uris: [],
    response_types: [], grant_types: ['client_credentials'],
    scope: `openid ${scope}`,
  }],
  jwks: { keys },
  scopes: ['openid', ...scope.split(' ')],
  cookies: { keys: ['k'] },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  extraTokenClaims: (ctx, token) => token.extra,
  formats: {
    customizers: {
      jwt: (ctx, token, parts) => {
        Object.assign(parts.payload, token.over?.payload);
        if (token.over?.header) parts.header = token.over.header;
      },
    },
  },
  ttl: { AccessToken: 3600, ClientCredentials: 600, Grant: 86400 },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      getResourceServerInfo: resourceInfo,
      useGrantedResource: () => true,
    },
  },
});

const faults = [];
const hits = {};
const control = {
  async token({ user = 'alice', alg = 'ES256', scope: wanted = 'ssh:login',
    ttl = 600, extra, payload, header }) {
    const client = await provider.Client.find('app');
    const resource = `https://host.test/${alg}`;
    const grant = new provider.Grant({ accountId: user, clientId: 'app' });
    grant.addResourceScope(resource, wanted);
    const token = new provider.AccessToken({
      accountId: user, client, grantId: await grant.save(), gty: 'test',
      scope: wanted, extra, expiresIn: ttl,
    });
    token.resourceServer = {
      ...resourceInfo(null, resource), identifier: () => resource,
    };
    token.over = { payload, header };
    return { access_token: await token.save() };
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
  if (!fault) return next();
  fault.times -= 1;
  if (fault.delay) {
    await new Promise((done) => { setTimeout(done, fault.delay); });
  }
  if (fault.reset) return ctx.req.socket.destroy();
  if (!fault.status) return next();
  ctx.status = fault.status;
  ctx.type = fault.type ?? 'application/json';
  ctx.body = fault.body ?? '{}';
});

const listening = (server, at) => new Promise((done) => {
  server.listen(at, '127.0.0.1', done);
});
const read = (name) => fs.readFileSync(`${dir}/${name}`);
await listening(https.createServer(
  { key: read('server.key'), cert: read('server.pem') }, provider.callback(),
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
