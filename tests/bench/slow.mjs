// SPDX-License-Identifier: BSD-2-Clause
// node slow.mjs PORT MS CERTIFICATE KEY READY
//
// A token endpoint that takes MS for every answer, and that is always "no".
import fs from 'node:fs';
import https from 'node:https';

const [port, wait, cert, key, ready] = process.argv.slice(2);
const body = '{"error":"invalid_grant"}';
const server = https.createServer(
  { cert: fs.readFileSync(cert), key: fs.readFileSync(key) },
  (request, response) => {
    request.resume();
    setTimeout(() => {
      response.writeHead(400, {
        'Content-Type': 'application/json', 'Content-Length': body.length,
      });
      response.end(body);
    }, Number(wait));
  },
);
server.keepAliveTimeout = 600000;
server.listen(Number(port), '127.0.0.1', () => fs.writeFileSync(ready, ''));
