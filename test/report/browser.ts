/** A browser for tests of pages, where the system has Chromium. */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';

const places = [
  process.env.OSVOS_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** Skips the suite with a message where there is none. */
export async function launchOrSkip(context: Mocha.Context): Promise<Browser> {
  const executablePath = places.find((place) => place !== undefined && existsSync(place));
  if (executablePath === undefined) {
    console.log('      skipped: no Chromium here (apt-get install chromium, or set OSVOS_CHROMIUM)');
    return context.skip();
  }
  // tests run in containers too, as root
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

/** A page that keeps what went wrong: errors of its scripts, lines on its console, requests to anywhere. */
export async function openWatched(browser: Browser, url: string): Promise<{ page: Page; faults: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  const faults: string[] = [];
  page.on('console', (message) => faults.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (request.url() !== url && !request.url().startsWith('data:')) faults.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  return { page, faults };
}
