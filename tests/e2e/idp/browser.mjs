// SPDX-License-Identifier: BSD-2-Clause
// node browser.mjs ADDRESS [USER [deny]]
//
// What a person does at the login page of idp.mjs, in a headless Chromium:
// logs in as USER (alice) and consents, or denies. Prints the text of the page
// where it ends, and in whose hands it is (an origin).
import { chromium } from 'playwright-core';

const [address, user = 'alice', deny] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update',
    '--disable-sync'],
});
const page = await (await browser.newContext({ ignoreHTTPSErrors: true }))
  .newPage();
page.setDefaultTimeout(20000);
try {
  await page.goto(address);
  if (deny) {
    await page.getByRole('link', { name: 'Cancel' }).click();
  } else {
    await page.fill('input[name=login]', user);
    await page.fill('input[name=password]', 'whatever');
    await page.getByRole('button').click();
    await page.getByRole('button', { name: 'Continue' }).click();
  }
  await page.waitForURL(/^http:/);
  console.log(new URL(page.url()).origin);
  console.log(await page.innerText('body'));
  if (process.env.SCREENSHOT) await page.screenshot({ path: process.env.SCREENSHOT });
} catch (error) {
  console.log(page.url(), await page.innerText('body'), error);
} finally {
  await browser.close();
}
