/** The built playground in a browser: pages with what they complained about, pictures of them, and a judge of accessibility. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchChromium } from '../browser/launch.js';
import { type PageServer, serve } from '../browser/server.js';

/** Pictures to look at; git ignores them. */
const SCREENS = 'test/web/screens';
const AXE = 'node_modules/axe-core/axe.min.js';

export const LAPTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

export interface Look {
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: 'light' | 'dark';
}

export interface Opened {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page threw, and what it wrote to the console as an error or a warning. */
  readonly complaints: string[];
}

export class Playground {
  private constructor(
    readonly server: PageServer,
    readonly browser: Browser,
  ) {}

  static async start(): Promise<Playground> {
    return new Playground(await serve(new Map()), await launchChromium());
  }

  get address(): string {
    return `${this.server.origin}/dist/web/`;
  }

  /** @param hash a view and its settings, such as `#walk?sid=0x30` */
  async open(hash: string, { viewport = LAPTOP, colorScheme = 'light' }: Look = {}): Promise<Opened> {
    const context = await this.browser.newContext({ viewport, colorScheme });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    await page.goto(this.address + hash);
    await page.waitForSelector('.view', { timeout: 30_000 });
    return { page, context, complaints };
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.server.close();
  }
}

/** Keeps a picture of the whole page. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENS, { recursive: true });
  await page.screenshot({ path: join(SCREENS, `${name}.png`), fullPage: true });
}

/** What axe-core finds wrong, one line for each rule. */
export async function violations(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: AXE });
  return page.evaluate(async () => {
    interface Found {
      readonly violations: readonly {
        readonly id: string;
        readonly help: string;
        readonly nodes: readonly { readonly html: string }[];
      }[];
    }
    const { axe } = globalThis as unknown as { readonly axe: { run(): Promise<Found> } };
    const found = await axe.run();
    return found.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0]?.html.slice(0, 200)}`);
  });
}
