import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, onTestFinished } from 'vitest';
import { Road } from './Road.ts';

const SMALL = { width: 900, height: 640 };

/** Builds the page into a folder of this test file, so that it is of now and disturbs no other. */
export async function buildPage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-page-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const configFile = fileURLToPath(new URL('../../../web/vite.config.ts', import.meta.url));
  await build({ configFile, logLevel: 'warn', build: { outDir: folder } });
  return folder;
}

export async function startBrowser(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  afterAll(() => browser.close());
  return browser;
}

/** One person at one browser, with a road of their own to the server. */
export interface Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly road: Road;
  /** Errors of the console, of scripts and of the Content-Security-Policy. */
  readonly complaints: string[];
}

/** Every visitor's complaints since the file began. */
export const allComplaints: string[] = [];

/** What Chromium itself writes of a network that is not there; no page can help it. */
const NO_NETWORK =
  /net::ERR_(INTERNET_DISCONNECTED|NETWORK_CHANGED|CONNECTION_\w+|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED)/;

export interface VisitorOptions extends BrowserContextOptions {
  readonly port: number;
  readonly address?: string;
  /** Complaints that the test itself brings about. */
  readonly tolerate?: RegExp;
}

export async function visitor(
  browser: Browser,
  { port, address = '/', tolerate, ...options }: VisitorOptions,
): Promise<Visitor> {
  const road = await Road.open(port);
  const context = await browser.newContext({ viewport: SMALL, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  const complain = (what: string): void => {
    if (NO_NETWORK.test(what) || tolerate?.test(what)) return;
    complaints.push(what);
    allComplaints.push(what);
  };
  await page.exposeFunction('reportViolation', (what: string) => complain(`CSP ${what}`));
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      const { reportViolation } = window as unknown as { reportViolation: (what: string) => void };
      reportViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });
  });
  page.on('console', (message) => {
    if (message.type() === 'error') complain(`console ${message.text()}`);
  });
  page.on('pageerror', (error) => complain(`script ${error.stack ?? error.message}`));
  onTestFinished(async () => {
    // A page that goes keeps its seat, for the page that comes.
    await page.evaluate(() => Promise.all([window.gatehouse?.world?.leave(), window.gatehouse?.lobby?.leave()]));
    await context.close();
    road.close();
  });
  await page.goto(`${road.url}${address}`);
  return { page, context, road, complaints };
}

/** Waits until the page has the visitor in the world; their session id. */
export async function isIn(page: Page): Promise<string> {
  const handle = await page.waitForFunction(() => {
    const { world } = window.gatehouse;
    return world !== null && window.gatehouse.drawn(world.sessionId) !== undefined ? world.sessionId : undefined;
  });
  return (await handle.jsonValue())!;
}

/** Where the page draws a player. */
export function drawn(page: Page, sessionId: string): Promise<{ x: number; y: number } | undefined> {
  return page.evaluate((id) => {
    const at = window.gatehouse.drawn(id);
    return at && { x: at.x, y: at.y };
  }, sessionId);
}

/** Resolves when the camera has come to rest, so that places on the page stay where they are. */
export function cameraAtRest(page: Page): Promise<void> {
  return page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        let last = { x: Number.NaN, y: Number.NaN };
        const look = (): void => {
          const now = window.gatehouse.toPage({ x: 0, y: 0 });
          const still = Math.hypot(now.x - last.x, now.y - last.y) < 0.01;
          last = now;
          if (still) resolve();
          else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      }),
  );
}

/** The marks of the state, by label. */
export function marks(page: Page): Promise<Record<string, { x: number; y: number; version: number }>> {
  return page.evaluate(() => {
    const all = window.gatehouse.world?.state.marks ?? [];
    return Object.fromEntries([...all].map(([, { label, x, y, version }]) => [label, { x, y, version }]));
  });
}

/** Where to press on the pin of a mark, on the page. */
export async function pin(page: Page, label: string): Promise<{ x: number; y: number }> {
  const found = await page.waitForFunction((wanted) => {
    const mark = [...window.gatehouse.world!.state.marks.values()].find((one) => one.label === wanted);
    return mark && window.gatehouse.toPage({ x: mark.x, y: mark.y - 27 });
  }, label);
  return (await found.jsonValue())!;
}
