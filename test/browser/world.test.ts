import { matchMaker } from '@colyseus/core';
import type { Page } from 'playwright-core';
import { expect, test, vi } from 'vitest';
import type { WorldState } from '../../schema/index.ts';
import { startGatehouse } from '../support/gatehouse.ts';
import {
  allComplaints,
  buildPage,
  cameraAtRest,
  drawn,
  isIn,
  marks,
  pin,
  startBrowser,
  type Visitor,
  visitor,
} from './support/visitors.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

const PATIENT = { timeout: 20_000 };
const server = await startGatehouse({}, { page: await buildPage() });
const browser = await startBrowser();

async function enter(name: string, options: object = {}): Promise<Visitor & { readonly id: string }> {
  const person = await visitor(browser, {
    port: server.port,
    address: `/?name=${encodeURIComponent(name)}`,
    ...options,
  });
  return { ...person, id: await isIn(person.page) };
}

/** Holds a key until the page says so. */
async function hold(page: Page, key: string, until: () => Promise<void>): Promise<void> {
  await page.keyboard.down(key);
  try {
    await until();
  } finally {
    await page.keyboard.up(key);
  }
}

/** Resolves when the server has had the last step of this player and everybody is drawn where they are. */
async function atRest(page: Page, id: string): Promise<void> {
  await page.waitForFunction((sessionId) => {
    const { world } = window.gatehouse;
    const player = world?.state.players.get(sessionId);
    const at = window.gatehouse.drawn(sessionId);
    const { pendingCount } = world!.room.input();
    return player && at && pendingCount === 0 && Math.hypot(player.x - at.x, player.y - at.y) < 0.5;
  }, id);
}

/** A place with room to walk in every direction. */
const COURT = { x: 2240, y: 1640 };

/** The server moves a player there. */
async function put(page: Page, id: string, place: { x: number; y: number }): Promise<void> {
  const roomId = await page.evaluate(() => window.gatehouse.world!.roomId);
  const { state } = matchMaker.getLocalRoomById(roomId) as unknown as { state: WorldState };
  Object.assign(state.players.get(id)!, place);
  await expect.poll(() => drawn(page, id), PATIENT).toEqual(place);
  await cameraAtRest(page);
}

test('PG1 two visitors see each other, by number and by name', async () => {
  const ada = await enter('Ada');
  const bruno = await enter('Bruno');
  for (const { page } of [ada, bruno]) {
    await expect.poll(() => page.evaluate(() => window.gatehouse.world?.state.players.size), PATIENT).toBe(2);
    const names = await page.evaluate(() => [...window.gatehouse.world!.state.players.values()].map((p) => p.name));
    expect(names.sort()).toEqual(['Ada', 'Bruno']);
    const list = page.locator('gatehouse-online-list');
    await list.getByRole('listitem').filter({ hasText: 'Ada' }).filter({ hasText: 'world' }).waitFor();
    await list.getByRole('listitem').filter({ hasText: 'Bruno' }).filter({ hasText: 'world' }).waitFor();
  }
  await ada.page.locator('gatehouse-online-list').getByText('Ada (you)').waitFor();
  await ada.page.locator('gatehouse-connection').getByText('Online').waitFor();
  expect([...ada.complaints, ...bruno.complaints]).toEqual([]);
});

test('PG2 a held key moves the own player at once, and the others see it arrive at the same place', async () => {
  const ada = await enter('Ada');
  const bruno = await enter('Bruno');
  await put(ada.page, ada.id, COURT);
  await hold(ada.page, 'd', async () => {
    await expect.poll(async () => (await drawn(bruno.page, ada.id))?.x, PATIENT).toBeGreaterThan(COURT.x + 60);
  });
  await atRest(ada.page, ada.id);
  const own = (await drawn(ada.page, ada.id))!;
  expect(own.y).toBe(COURT.y);
  await expect.poll(() => drawn(bruno.page, ada.id), PATIENT).toEqual(own);
});

test('PG3 keys that are written in a field move nobody', async () => {
  const ada = await enter('Ada');
  const before = await drawn(ada.page, ada.id);
  await ada.page.keyboard.press('Enter');
  await ada.page.locator('#chat-text:focus').waitFor();
  await ada.page.keyboard.type('wasdwasd');
  await ada.page.keyboard.down('d');
  const frames = await ada.page.evaluate(() => window.gatehouse.frames);
  await ada.page.waitForFunction((then) => window.gatehouse.frames > then + 10, frames);
  await ada.page.keyboard.up('d');
  expect(await ada.page.inputValue('#chat-text')).toBe('wasdwasdd');
  expect(await drawn(ada.page, ada.id)).toEqual(before);
  expect(await ada.page.evaluate(() => window.gatehouse.world!.room.input().sentCount)).toBe(0);
});

test('PG4 what one says the other reads, as text', async () => {
  const ada = await enter('Ada');
  const bruno = await enter('Bruno');
  const text = 'Hello <img src=x onerror=alert(1)> & good morning';
  await ada.page.keyboard.press('Enter');
  await ada.page.keyboard.insertText(text);
  await ada.page.keyboard.press('Enter');
  const line = bruno.page.locator('#chat-log li', { hasText: text });
  await line.waitFor();
  expect(await line.locator('b').textContent()).toBe('Ada');
  expect(await bruno.page.locator('#chat-log img').count()).toBe(0);
  expect(await ada.page.inputValue('#chat-text')).toBe('');
});

test('PG5 what the server refuses is told in its sentence, and the text stays', async () => {
  const ada = await enter('Ada');
  await ada.page.fill('#chat-text', 'one too many');
  // In one go, so that no slow machine gives the room time to forgive.
  await ada.page.evaluate(() => {
    const { rpc } = window.gatehouse.world!;
    for (let n = 0; n < 30; n++) rpc.call('world.say', { text: `${n}` }).catch(() => {});
    document.querySelector<HTMLFormElement>('#chat-form')!.requestSubmit();
  });
  await ada.page.getByText('That was too fast. Please wait a moment.').waitFor();
  expect(await ada.page.inputValue('#chat-text')).toBe('one too many');
});

test('PG6 the log keeps the last hundred lines', async () => {
  const ada = await enter('Ada');
  await ada.page.locator('#chat').waitFor();
  // The room lets nobody say so much so soon, so the room itself says it.
  const session = server.platform.sessions.get(ada.id)!;
  for (let n = 1; n <= 130; n++) {
    const said = { sessionId: ada.id, userId: 'u', name: 'Ada', text: `line ${n}.`, at: n };
    session.client.send('rpc', { jsonrpc: '2.0', method: 'world.said', params: said });
  }
  await ada.page.locator('#chat-log li', { hasText: 'line 130.' }).waitFor();
  const lines = ada.page.locator('#chat-log li');
  expect(await lines.count()).toBe(100);
  expect(await lines.first().textContent()).toContain('line 31.');
});

test('PG7 a mark is placed with a double click, dragged, and removed with Delete; the other sees all of it', async () => {
  const ada = await enter('Ada');
  const bruno = await enter('Bruno');
  const { page } = ada;
  await put(page, ada.id, COURT);
  await page.mouse.dblclick(200, 300);
  await page.locator('#mark-label:focus').waitFor();
  await page.keyboard.type('Kettle');
  await page.keyboard.press('Enter');
  await expect.poll(() => marks(bruno.page), PATIENT).toHaveProperty('Kettle');
  const placed = (await marks(bruno.page)).Kettle!;

  const grip = await pin(page, 'Kettle');
  await page.mouse.move(grip.x, grip.y);
  await page.mouse.down();
  await page.mouse.move(grip.x + 40, grip.y + 30, { steps: 4 });
  await page.mouse.move(grip.x + 90, grip.y + 60, { steps: 4 });
  const zoomed = await page.evaluate(() => {
    const [a, b] = [window.gatehouse.toPage({ x: 0, y: 0 }), window.gatehouse.toPage({ x: 100, y: 0 })];
    return 100 / (b.x - a.x);
  });
  await expect.poll(async () => (await marks(bruno.page)).Kettle?.x, PATIENT).toBeCloseTo(placed.x + 90 * zoomed, 0);
  expect((await marks(bruno.page)).Kettle!.version).toBeGreaterThan(1);

  // At once after a last move: the removal once named the version before it, and was in conflict with its own player.
  await page.mouse.move(grip.x + 95, grip.y + 60);
  await page.mouse.up();
  await page.keyboard.press('Delete');
  await expect.poll(() => marks(bruno.page), PATIENT).not.toHaveProperty('Kettle');
  expect(await page.locator('#notices p').count()).toBe(0);
});

test('PG8 whom another forestalls is told, and sees the mark where the other put it', async () => {
  const ada = await enter('Ada');
  const bruno = await enter('Bruno');
  const { page } = ada;
  await put(page, ada.id, COURT);
  await page.mouse.dblclick(300, 300);
  await page.locator('#mark-label:focus').waitFor();
  await page.keyboard.type('Rope');
  await page.keyboard.press('Enter');
  await expect.poll(() => marks(bruno.page), PATIENT).toHaveProperty('Rope');
  const grip = await pin(page, 'Rope');
  await page.mouse.move(grip.x, grip.y);
  await page.mouse.down();
  const forestalled = await bruno.page.evaluate(async () => {
    const world = window.gatehouse.world!;
    const [id, mark] = [...world.state.marks].find(([, { label }]) => label === 'Rope')!;
    return world.rpc.call('world.moveMark', { id, x: mark.x + 50, y: mark.y, ifVersion: mark.version });
  });
  await expect.poll(async () => (await marks(page)).Rope?.version, PATIENT).toBe(forestalled.version);
  await page.mouse.move(grip.x - 60, grip.y - 60, { steps: 5 });
  await page.locator('#notices').getByText('Someone else changed this first.').waitFor();
  await page.mouse.up();
  expect((await marks(page)).Rope).toMatchObject({ x: forestalled.x, version: forestalled.version });
});

test('PG9 a mark is placed, found and removed with the keyboard alone', async () => {
  const ada = await enter('Ada');
  const { page } = ada;
  await page.keyboard.press('m');
  await page.locator('#mark-label:focus').waitFor();
  await page.keyboard.type('Here');
  await page.keyboard.press('Enter');
  await expect.poll(() => marks(page), PATIENT).toHaveProperty('Here');
  const at = (await drawn(page, ada.id))!;
  expect((await marks(page)).Here!.x).toBeCloseTo(at.x, 0);
  await page.focus('#marks summary');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Here', exact: true }).focus();
  await page.keyboard.press('Space');
  await page.getByRole('toolbar', { name: 'Mark Here' }).waitFor();
  await page.keyboard.press('Delete');
  await expect.poll(() => marks(page), PATIENT).not.toHaveProperty('Here');
});

test('PG10 a visitor whose network is lost comes back to the same session and place', async () => {
  const ada = await enter('Ada');
  const bruno = await enter('Bruno');
  await put(ada.page, ada.id, COURT);
  await expect.poll(() => drawn(bruno.page, ada.id), PATIENT).toEqual(COURT);
  const before = (await drawn(ada.page, ada.id))!;
  await ada.page.evaluate(() => {
    const page = window as unknown as { kept: unknown[] };
    const { room, sessionId, state } = window.gatehouse.world!;
    page.kept = [room, state.players.get(sessionId)];
  });
  // Every state that the other page has of Ada from here on.
  await bruno.page.evaluate((id) => {
    const page = window as unknown as { seen: unknown[] };
    page.seen = [];
    const { room, state } = window.gatehouse.world!;
    room.onStateChange(() => {
      const connected = state.players.get(id)?.connected;
      if (page.seen.at(-1) !== connected) page.seen.push(connected);
    });
  }, ada.id);
  const seen = () => bruno.page.evaluate(() => (window as unknown as { seen: unknown[] }).seen);
  await expect.poll(seen, PATIENT).toEqual([true]);

  await ada.context.setOffline(true);
  ada.road.cut();
  await ada.page.locator('gatehouse-connection').getByText('Reconnecting', { exact: true }).waitFor();
  await ada.page.locator('#banner').getByText('Connection lost.').waitFor();
  await expect.poll(seen, PATIENT).toEqual([true, false]);
  await bruno.page.locator('#chat-log').getByText('Ada lost the connection').waitFor();

  ada.road.mend();
  await ada.context.setOffline(false);
  await ada.page.locator('gatehouse-connection').getByText('Online', { exact: true }).waitFor();
  await expect.poll(seen, PATIENT).toEqual([true, false, true]);
  await ada.page.locator('#banner').getByText('You are back.').waitFor();
  const same = await ada.page.evaluate(() => {
    const { kept } = window as unknown as { kept: unknown[] };
    const { room, sessionId, state } = window.gatehouse.world!;
    return [room === kept[0], state.players.get(sessionId) === kept[1], sessionId];
  });
  expect(same).toEqual([true, true, ada.id]);
  const after = (await drawn(ada.page, ada.id))!;
  expect(Math.hypot(after.x - before.x, after.y - before.y)).toBeLessThan(1);
  expect(await drawn(bruno.page, ada.id)).toEqual(after);

  // And life goes on: what is pressed now arrives.
  await hold(ada.page, 'd', async () => {
    await expect.poll(async () => Math.abs((await drawn(bruno.page, ada.id))!.x - after.x), PATIENT).toBeGreaterThan(5);
  });
  await atRest(ada.page, ada.id);
  expect(ada.complaints).toEqual([]);
});

test('PG11 whose stay is over reads why and can join again', async () => {
  const ada = await enter('Ada');
  const { page } = ada;
  server.platform.sessions.end(ada.id, 'KICKED');
  const card = page.getByRole('alertdialog');
  await card.getByText('You were removed.').waitFor();
  await card.getByRole('button', { name: 'Join again' }).click();
  await card.waitFor({ state: 'hidden' });
  const id = await isIn(page);
  expect(id).not.toBe(ada.id);
  expect(await page.textContent('#me-name')).toBe('Ada');
  expect(server.platform.sessions.get(id)?.identity.name).toBe('Ada');
});

test('PG12 the card asks for a name once, a reload does not, and the name can be changed', async () => {
  const { page } = await visitor(browser, { port: server.port });
  const card = page.getByRole('dialog', { name: 'Gatehouse' });
  await card.waitFor();
  const field = card.getByLabel('Your name');
  expect((await field.inputValue()).length).toBeGreaterThan(3);
  await field.fill('Chioma');
  await card.getByRole('button', { name: 'Enter' }).click();
  const first = await isIn(page);
  const { userId } = server.platform.sessions.get(first)!;

  await page.reload();
  const second = await isIn(page);
  expect(second).toBe(first);
  expect(server.platform.sessions.get(second)?.userId).toBe(userId);

  await page.getByRole('button', { name: 'Change name' }).click();
  await page.getByLabel('Your name').fill('Chi');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.getElementById('me-name')?.textContent === 'Chi');
  const third = await isIn(page);
  expect(server.platform.sessions.get(third)?.identity.name).toBe('Chi');
  await expect.poll(() => server.platform.sessions.get(second), PATIENT).toBeUndefined();
});

test('PG13 where the server makes no tokens the page takes one from the visitor or from the address', async () => {
  const { page, road } = await visitor(browser, {
    port: server.port,
    address: '/favicon.svg',
    // 403: what the page kept is of the visitor before.
    tolerate: /status of (404|403)/,
  });
  await page.route('**/v1/dev/token', (route) => route.fulfill({ status: 404, json: { name: 'NOT_FOUND' } }));
  await page.goto(road.url);
  await page.getByRole('button', { name: 'Enter' }).click();
  await page.getByLabel('Your token').fill('not a token');
  await page.keyboard.press('Enter');
  await page.getByText('Your sign-in is not valid.').waitFor();
  await page.getByLabel('Your token').fill(server.token('dalia', { name: 'Dalia' }));
  await page.keyboard.press('Enter');
  expect(server.platform.sessions.get(await isIn(page))?.userId).toBe('dalia');

  await page.goto(`${road.url}/?token=${server.token('erik')}`);
  expect(server.platform.sessions.get(await isIn(page))?.userId).toBe('erik');
  expect(page.url()).not.toContain('token');
});

test('PG14 on a phone nothing is wider than the screen, the drawer opens, and the stick moves the player', async () => {
  const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
  const ada = await enter('Ada with quite a long name, yes', phone);
  const { page } = ada;
  const fits = () =>
    page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      const widest = Math.max(...[...document.body.querySelectorAll('*')].map((e) => e.getBoundingClientRect().right));
      return scrollWidth <= clientWidth && widest <= clientWidth + 1;
    });
  expect(await fits()).toBe(true);
  expect(await page.locator('#chat').isVisible()).toBe(false);
  await page.tap('#panel-toggle');
  await page.locator('#chat').waitFor();
  expect(await fits()).toBe(true);
  await page.tap('#panel-toggle');
  await page.locator('#chat').waitFor({ state: 'hidden' });

  await put(page, ada.id, COURT);
  const box = (await page.locator('#stick').boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const touch = await ada.context.newCDPSession(page);
  const point = (dx: number) => ({ touchPoints: [{ x: x + dx, y }] });
  await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', ...point(0) });
  await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', ...point(40) });
  await expect.poll(async () => (await drawn(page, ada.id))!.x, PATIENT).toBeGreaterThan(COURT.x + 5);
  await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await atRest(page, ada.id);
  expect(ada.complaints).toEqual([]);
});

test('PG15 a player whom the server moves is drawn there, by the own page too', async () => {
  const ada = await enter('Ada');
  await put(ada.page, ada.id, { x: 1800, y: 1800 });
  await put(ada.page, ada.id, COURT);
});

test('WD21 the map in the corner has everybody, in words too, and shows on a desktop and on a phone', async () => {
  const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
  const ada = await enter('Ada');
  const bruno = await enter('Bruno', phone);
  await put(ada.page, ada.id, COURT);
  await put(bruno.page, bruno.id, { x: 4000, y: 1500 });
  // Others may still be here, of tests before this one: the words go with the state.
  const words = (page: Page, place: string, sees: boolean) =>
    page.waitForFunction(
      ([where, id, seen]) => {
        const { map, players } = window.gatehouse.world!.state;
        const [here, inSight] = [map.size - 1, players.size - 1];
        const who = `${here} ${here === 1 ? 'other is' : 'others are'} here, ${inSight} in sight.`;
        const label = document.querySelector('#map[role=img]')?.ariaLabel;
        return players.has(id) === seen && label === `Map of the world. You are at the ${where}. ${who}`;
      },
      [place, page === ada.page ? bruno.id : ada.id, sees] as const,
    );
  await words(ada.page, 'Court', false);
  await words(bruno.page, 'Market', false);
  for (const { page } of [ada, bruno]) {
    const header = (await page.locator('#panel header').boundingBox())!;
    const box = (await page.locator('#map').boundingBox())!;
    expect(box.width).toBeGreaterThan(100);
    expect(box.y >= header.y + header.height || box.x + box.width <= header.x).toBe(true);
    // Something is drawn in it: the map of an empty canvas has one colour.
    const colours = await page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('#map')!;
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size;
    });
    expect(colours).toBeGreaterThan(4);
  }
  await put(bruno.page, bruno.id, { x: COURT.x + 300, y: COURT.y });
  await words(ada.page, 'Court', true);
  await words(bruno.page, 'Court', true);
});

test('WD22 who walks out of sight is no longer drawn, and has not left; who leaves has', async () => {
  const ada = await enter('Ada');
  const bruno = await enter('Bruno');
  await put(ada.page, ada.id, COURT);
  await put(bruno.page, bruno.id, { x: COURT.x + 200, y: COURT.y });
  await expect.poll(() => drawn(ada.page, bruno.id), PATIENT).toBeDefined();
  const log = ada.page.locator('#chat-log');
  await log.getByText('Bruno came in').waitFor();
  await put(bruno.page, bruno.id, { x: 4000, y: 1500 });
  await expect.poll(() => drawn(ada.page, bruno.id), PATIENT).toBeUndefined();
  await put(bruno.page, bruno.id, { x: COURT.x + 200, y: COURT.y });
  await expect.poll(() => drawn(ada.page, bruno.id), PATIENT).toBeDefined();
  await bruno.page.evaluate(() => window.gatehouse.world!.leave());
  await log.getByText('Bruno left').waitFor();
  // Somebody of the test before may leave meanwhile.
  const events = await log.locator('.event').allTextContents();
  expect(events.filter((text) => text.startsWith('Bruno'))).toEqual(['Bruno came in', 'Bruno left']);
});

test('PG16 in all of this no page wrote an error or broke the Content-Security-Policy', async () => {
  // The rarer calls too: whatever a library compiles on its first use of something would show.
  const people = [];
  for (const name of ['Ada', 'Bruno', 'Chioma', 'Dalia']) people.push(await enter(name));
  const list = people[0]!.page.locator('gatehouse-online-list');
  await list.getByRole('button', { name: 'Refresh' }).click();
  await list.getByText('Updated at').waitFor();
  expect(allComplaints).toEqual([]);
});
