import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Api } from '../support/api';
import { messages, PICTURE } from '../support/desk';
import { Stage } from '../support/stage';
import { eventually } from '../support/wait';

const stage = Stage.forFile();
const SHOP = 'shop@mail.test';
let owner: Api;
let elsewhere: HttpServer;
let origin: string;
const asked: string[] = [];

/** A server of somebody else, which hears of every request. */
beforeAll(async () => {
  owner = await Api.setUp(stage.url);
  await owner.inbox(SHOP);
  elsewhere = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(200, { 'content-type': PICTURE.type }).end(PICTURE.bytes);
  });
  elsewhere.listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  origin = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
});
afterAll(() => elsewhere?.close());

const mail = (subject: string, html: string) =>
  [
    'From: Ana Ruiz <ana@mail.test>',
    `To: ${SHOP}`,
    `Subject: ${subject}`,
    `Message-ID: <${subject.replaceAll(/\W/g, '')}@mail.test>`,
    'Date: Sun, 22 Nov 2026 10:00:00 +0100',
    'MIME-Version: 1.0',
    'Content-Type: text/html; charset=utf-8',
    '',
    html,
    '',
  ].join('\r\n');

const HOSTILE = (from: string) => `<html><head>
<script>top.pwned = 'head'; fetch('${from}/script')</script>
<meta http-equiv="refresh" content="0; url=${from}/refresh">
<base href="${from}/">
<link rel="stylesheet" href="${from}/sheet.css">
<style>@import url(${from}/import.css); body { background: url(${from}/background) }</style>
</head><body onload="top.pwned = 'onload'" background="${from}/attribute">
<p>Dear shop, <b>please look</b>.</p>
<img src="${from}/pixel.png" width="1" height="1" onerror="top.pwned = 'onerror'">
<img src="x" onerror="top.pwned = 'broken image'">
<img srcset="${from}/srcset 1x" alt="set">
<picture><source srcset="${from}/source"><img src="${from}/in-picture.png"></picture>
<table background="${from}/table"><tr><td style="background-image:url('${from}/style')">cell</td></tr></table>
<svg onload="top.pwned = 'svg'"><image href="${from}/svg"/><script>top.pwned = 'svg script'</script></svg>
<iframe src="${from}/frame"></iframe><object data="${from}/object"></object><embed src="${from}/embed">
<video poster="${from}/poster" src="${from}/video" autoplay></video><audio src="${from}/audio" autoplay></audio>
<a id="bad" href="javascript:top.pwned='link'">Click me</a>
<a href="${from}/linked" ping="${from}/ping">A link</a>
<form action="${from}/form"><input name="q" autofocus onfocus="top.pwned = 'focus'"><button>Send</button></form>
<math><mtext><table><mglyph><style><img src onerror="top.pwned = 'mxss'"></style></mglyph></table></mtext></math>
</body></html>`;

describe('hostile mail', () => {
  test('runs nothing and asks nobody, until images are wanted', async () => {
    const id = await owner.receive(mail('A trap', HOSTILE(origin)), SHOP);
    const page = await stage.visit(owner, '/app/v/all');
    await page.goto(`${stage.url}/app/v/all/t/${id}`);
    const body = messages(page).first().frameLocator('iframe');
    await body.getByText('please look').waitFor();
    await page.getByText('Images from elsewhere are blocked').waitFor();
    // Every picture has had its chance once the frame is complete and idle.
    await page.waitForLoadState('networkidle');
    await body.getByText('Click me').click({ timeout: 2000 });
    await page.waitForLoadState('networkidle');
    const pwned = () => page.evaluate(() => ('pwned' in window ? String(window.pwned) : null));
    expect(await pwned()).toBeNull();
    expect(asked).toEqual([]);
    expect(new URL(page.url()).pathname).toBe(`/app/v/all/t/${id}`);
    for (const tag of ['script', 'iframe', 'object', 'embed', 'form', 'meta[http-equiv=refresh]']) {
      expect(await body.locator(`body ${tag}`).count(), tag).toBe(0);
    }

    await page.getByRole('button', { name: 'Show images' }).click();
    await eventually('the images are asked for', 5000, async () => asked.includes('/pixel.png'));
    await page.waitForLoadState('networkidle');
    expect(await pwned()).toBeNull();
    // Pictures only: no style sheet, frame, font, script or form of theirs.
    const others = asked.filter((path) => !['/pixel.png', '/in-picture.png'].includes(path));
    expect(others).toEqual([]);
  });

  test('a subject and a name are text, never markup', async () => {
    const subject = `<img src=x onerror="window.pwned='subject'"><b>bold</b>`;
    const raw = mail(subject, '<p>Plain inside.</p>').replace(
      'From: Ana Ruiz <ana@mail.test>',
      `From: "<script>window.pwned='name'</script>" <ana@mail.test>`,
    );
    const id = await owner.receive(raw, SHOP);
    const page = await stage.visit(owner, `/app/v/all/t/${id}`);
    await page.getByRole('heading', { name: subject }).waitFor();
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
  });
});
