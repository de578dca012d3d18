/** What the page knows of its network and of its token, in a real browser. */
import { expect, test, vi } from 'vitest';
import { signToken } from '../../src/gate/dev-issuer.ts';
import { startGatehouse } from '../support/gatehouse.ts';
import { buildPage, isIn, startBrowser, visitor } from './support/visitors.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

const server = await startGatehouse({}, { page: await buildPage() });
const browser = await startBrowser();

test('JN11 a player whose device is offline is told that, in a browser', async () => {
  const { page, context, road } = await visitor(browser, { port: server.port, address: '/?name=Ada' });
  const id = await isIn(page);
  await context.setOffline(true);
  road.cut();
  const widget = page.locator('gatehouse-connection');
  await widget.getByText('This device is offline.').first().waitFor();
  road.mend();
  await context.setOffline(false);
  await widget.getByText('Online', { exact: true }).waitFor();
  expect(await isIn(page)).toBe(id);
});

test('JN8 the page asks for the next token of the same user when its own is about to end', async () => {
  const { page } = await visitor(browser, { port: server.port, address: '/favicon.svg' });
  const ttlSeconds = 65;
  const token = signToken({ userId: 'bruno-1', name: 'Bruno', tokenId: 'first', ttlSeconds });
  const identity = { name: 'Bruno', token, expiresAt: Date.now() + ttlSeconds * 1_000, made: true };
  await page.evaluate((kept) => sessionStorage.setItem('gatehouse.identity', JSON.stringify(kept)), identity);
  await page.goto(new URL('/', page.url()).href);
  const session = server.platform.sessions.get(await isIn(page))!;
  expect(session.identity).toMatchObject({ userId: 'bruno-1', name: 'Bruno' });
  expect(session.identity.tokenId).not.toBe('first');
  expect(session.identity.expiresAt).toBeGreaterThan(Date.now() + 3_600_000);
});
