/** The page over a reload and in two tabs, in a real browser. */
import { matchMaker } from '@colyseus/core';
import type { Page } from 'playwright-core';
import { expect, test, vi } from 'vitest';
import type { WorldState } from '../../schema/index.ts';
import { startGatehouse } from '../support/gatehouse.ts';
import { buildPage, isIn, startBrowser, type Visitor, visitor } from './support/visitors.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

/** A place with room to walk in every direction. */
const COURT = { x: 2240, y: 1640 };

const PATIENT = { timeout: 20_000 };
const server = await startGatehouse({}, { page: await buildPage() });
const browser = await startBrowser();
const { sessions } = server.platform;

async function enter(name: string): Promise<Visitor & { readonly id: string }> {
  const person = await visitor(browser, { port: server.port, address: `/?name=${name}` });
  return { ...person, id: await isIn(person.page) };
}

async function say(page: Page, text: string): Promise<void> {
  await page.locator('#chat-text').fill(text);
  await page.keyboard.press('Enter');
}

/** How often something stands in the chat. */
const times = (page: Page, text: string) => page.locator('#chat-log li').filter({ hasText: text }).count();

test('PG17 a page that is loaded anew is in the same session and lobby, and what was said meanwhile is in its chat, once', async () => {
  const [ada, bruno] = [await enter('Ada'), await enter('Bruno')];
  await say(ada.page, 'I shall be back');
  await say(bruno.page, 'see you');
  await expect.poll(() => times(ada.page, 'see you'), PATIENT).toBe(1);
  const { userId, joinedAt } = sessions.get(ada.id)!;
  const lobbyId = await ada.page.evaluate(() => window.gatehouse.lobby!.sessionId);
  const place = await ada.page.evaluate(() => window.gatehouse.drawn(window.gatehouse.world!.sessionId));

  // The new page is there, and its script is long on the way.
  const road = Promise.withResolvers<void>();
  await ada.page.route('**/assets/*.js', async (route) => {
    await road.promise;
    await route.continue();
  });
  await ada.page.reload({ waitUntil: 'commit' });
  await expect.poll(() => sessions.get(ada.id)?.state.name, PATIENT).toBe('dropped');
  await bruno.page.locator('#chat-log').getByText('Ada lost the connection').waitFor();
  await say(bruno.page, 'while you were away');
  await expect.poll(() => times(bruno.page, 'while you were away'), PATIENT).toBe(1);
  road.resolve();
  await ada.page.waitForLoadState();

  expect(await isIn(ada.page)).toBe(ada.id);
  expect(sessions.get(ada.id)).toMatchObject({ userId, joinedAt });
  expect(await ada.page.evaluate(() => window.gatehouse.lobby!.sessionId)).toBe(lobbyId);
  expect(await ada.page.evaluate(() => window.gatehouse.drawn(window.gatehouse.world!.sessionId))).toEqual(place);
  await expect.poll(() => times(ada.page, 'while you were away'), PATIENT).toBe(1);
  await bruno.page.locator('#chat-log').getByText('Ada is back').waitFor();
  // What its player does is done, as before.
  const { state } = matchMaker.getLocalRoomById(sessions.get(ada.id)!.roomId) as unknown as { state: WorldState };
  const player = state.players.get(ada.id)!;
  Object.assign(player, COURT);
  await ada.page.keyboard.down('d');
  await expect.poll(() => player.x, PATIENT).toBeGreaterThan(COURT.x + 50);
  await ada.page.keyboard.up('d');
  await say(ada.page, 'I am back');
  for (const { page } of [ada, bruno]) await expect.poll(() => times(page, 'I am back'), PATIENT).toBe(1);
  expect(await times(ada.page, 'while you were away')).toBe(1);
  // It had heard that before it went.
  expect(await times(ada.page, 'see you')).toBe(0);
  expect([...ada.complaints, ...bruno.complaints]).toEqual([]);
});

test('PG18 a tab that is duplicated is the same person in a session of its own, and neither loses theirs', async () => {
  const ada = await enter('Ada');
  await ada.page.reload();
  expect(await isIn(ada.page)).toBe(ada.id);
  // As when a tab is duplicated: the new one begins with a copy of the storage.
  const [other] = await Promise.all([
    ada.context.waitForEvent('page'),
    ada.page.evaluate(() => void window.open(location.origin)),
  ]);
  await other.waitForLoadState();
  const otherId = await isIn(other);
  expect(otherId).not.toBe(ada.id);
  expect(sessions.get(otherId)?.userId).toBe(sessions.get(ada.id)?.userId);
  await say(other, 'from the other tab');
  await expect.poll(() => times(ada.page, 'from the other tab'), PATIENT).toBe(1);
  for (const page of [ada.page, other]) {
    expect(await page.evaluate(() => window.gatehouse.world!.status.state)).toBe('online');
  }
  // Each comes back into its own.
  await Promise.all([ada.page.reload(), other.reload()]);
  expect(await isIn(ada.page)).toBe(ada.id);
  expect(await isIn(other)).toBe(otherId);
  await other.evaluate(() => Promise.all([window.gatehouse.world!.leave(), window.gatehouse.lobby!.leave()]));
});
