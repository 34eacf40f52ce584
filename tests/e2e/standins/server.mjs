// SPDX-License-Identifier: BSD-2-Clause
// What the stand-ins share: https on PORT with the test's certificate, and a
// control port on http://127.0.0.1:PORT+1 that takes JSON by POST:
//   /log    {}                                 every request seen so far
//   /fault  {path, times, status, body, type, delay} or {clear: true}
// and what the stand-in adds. A handler is given {method, path, query, form,
// basic, bearer, cookies} and answers {status, headers, body}; a body that is
// no text becomes JSON.
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';

const text = async (stream) => {
  let all = '';
  for await (const chunk of stream) all += chunk;
  return all;
};

const credentials = (header = '') => {
  const [scheme, value = ''] = header.split(' ');
  if (scheme.toLowerCase() === 'bearer') return { bearer: value };
  if (scheme.toLowerCase() !== 'basic') return {};
  const pair = Buffer.from(value, 'base64').toString();
  const colon = pair.indexOf(':');
  return {
    basic: { user: pair.slice(0, colon), password: pair.slice(colon + 1) },
  };
};

const question = async (request) => {
  const url = new URL(request.url, 'https://localhost');
  return {
    method: request.method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    form: Object.fromEntries(new URLSearchParams(await text(request))),
    cookies: Object.fromEntries((request.headers.cookie ?? '').split('; ')
      .filter(Boolean).map((pair) => pair.split('='))),
    ...credentials(request.headers.authorization),
  };
};

const send = (response, { status = 200, headers = {}, body = '' }) => {
  const plain = typeof body === 'string';
  response.writeHead(status, {
    'Content-Type': plain ? 'text/html' : 'application/json', ...headers,
  });
  response.end(plain ? body : JSON.stringify(body));
};

const listening = (server, port) => new Promise((done) => {
  server.listen(port, '127.0.0.1', done);
});

export const serve = async (dir, port, handler, more = {}) => {
  const log = [];
  const faults = [];
  const control = {
    log: () => log,
    fault: (fault) => {
      if (fault.clear) faults.length = 0;
      else faults.push({ times: 1, ...fault });
      return {};
    },
    ...more,
  };
  const read = (name) => fs.readFileSync(`/run/tls/${name}`);
  await listening(https.createServer(
    { key: read('server.key'), cert: read('server.pem') },
    async (request, response) => {
      const asked = await question(request);
      log.push(asked);
      const fault = faults.find((f) => f.path === asked.path && f.times > 0);
      if (!fault) return send(response, handler(asked));
      fault.times -= 1;
      if (fault.delay) {
        await new Promise((done) => { setTimeout(done, fault.delay); });
      }
      return send(response, {
        status: fault.status, body: fault.body,
        headers: fault.type && { 'Content-Type': fault.type },
      });
    },
  ), port);
  await listening(http.createServer(async (request, response) => {
    const answer = control[request.url.slice(1)];
    send(response, answer
      ? { body: answer(JSON.parse(await text(request) || '{}')) }
      : { status: 404 });
  }), port + 1);
  fs.writeFileSync(`${dir}/ready`, '');
};
