import { mkdtemp, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { syntheticDefaults } from '../../src/clips/synthetic/defaults.js';
import { writeSyntheticClip } from '../../src/clips/synthetic/write-synthetic-clip.js';
import type { Comparison } from '../../src/report/comparison.js';
import { scoreNames } from '../../src/scores/evaluation.js';
import { formatScore } from '../../src/scores/tables.js';
import { runOsvos } from '../commands/run-osvos.js';
import { writeColourNetwork } from '../methods/stm/colour-network.js';
import { launchOrSkip, openWatched } from './browser.js';

/** The engine of accessibility checks, as a script for pages. */
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const FRAMES = 12;

describe('the report of a comparison', function () {
  this.timeout(240_000);
  let browser: Browser;
  let page: Page;
  let faults: string[];
  let comparison: Comparison;

  before(async function () {
    browser = await launchOrSkip(this);
    const root = await mkdtemp(path.join(tmpdir(), 'osvos-report-'));
    const davis = path.join(root, 'davis');
    await writeSyntheticClip(davis, { ...syntheticDefaults, width: 96, height: 64, frames: FRAMES });
    const file = path.join(root, 'colours.safetensors');
    const weights = await writeColourNetwork(file, { trunk: 'resnet18', keys: 'image' });
    const methods = ['stcn', 'stcn@no-kernel@memory=first']
      .map((name) => `${name}@weights=${weights}`)
      .join();
    const out = path.join(root, 'out');
    const flags = [
      '--davis',
      davis,
      '--split',
      'val',
      '--engine',
      'wasm',
      '--out',
      out,
      '--methods',
      methods,
    ];
    const reference = ['--reference', `<b>truth=${path.join(davis, 'Annotations', '480p')}`];
    const { exit, stderr } = await runOsvos('compare', ...flags, ...reference);
    expect(exit, stderr).to.equal(0);
    comparison = JSON.parse(await readFile(path.join(out, 'scores.json'), 'utf8')) as Comparison;
    ({ page, faults } = await openWatched(browser, pathToFileURL(path.join(out, 'report.html')).href));
  });
  after(() => browser?.close());

  it('has the table that scores.json tells, the best of each column marked', async () => {
    const rows = await page.locator('#scores tbody tr').all();
    expect(rows).to.have.length(comparison.methods.length);
    for (const [i, { label, scores }] of comparison.methods.entries()) {
      expect(await rows[i].locator('th').innerText()).to.contain(label);
      const cells = await rows[i].locator('td').allInnerTexts();
      expect(cells.slice(0, scoreNames.length)).to.deep.equal(
        scoreNames.map((name) => formatScore(scores[name])),
      );
    }
    // the truth itself is best, and named as text
    expect(await rows[2].locator('td.best').count()).to.be.above(3);
  });

  it('shows another frame where the slider is moved, and plays', async () => {
    const source = () => page.locator('#stage img').first().getAttribute('src');
    const first = await source();
    await page.locator('#frame').fill('5');
    expect(await page.locator('#frame-name').innerText()).to.equal('00005');
    expect(await source()).not.to.equal(first);
    await page.locator('#play').click();
    await page.waitForFunction(`document.querySelector('#frame').value !== '5'`);
    await page.locator('#play').click();
  });

  it('is moved by keys: frames, errors, zoom', async () => {
    await page.locator('#frame').fill('0');
    await page.locator('h1').click(); // no control has the focus
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('#frame').inputValue()).to.equal('1');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    expect(await page.locator('#frame').inputValue(), 'round the end').to.equal(String(FRAMES - 1));
    await page.keyboard.press('e');
    expect(await page.locator('#legend').isVisible()).to.equal(true);
    await page.keyboard.press('+');
    expect(await page.locator('#zoom').inputValue()).to.equal('1.5');
  });

  it('leads to the worst frames', async () => {
    const button = page.locator('.worst button').first();
    const name = /reef (\d+)/.exec(await button.innerText())![1];
    await button.click();
    expect(await page.locator('#frame-name').innerText()).to.equal(name);
  });

  it('has no serious fault of accessibility, in light and in dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.addScriptTag({ path: axe });
      const serious = await page.evaluate(async () => {
        const { violations } = await (globalThis as unknown as { axe: typeof import('axe-core') }).axe.run();
        return violations
          .filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
      });
      expect(serious, colorScheme).to.deep.equal([]);
    }
  });

  it('asks for nothing from outside, and breaks nothing', () => expect(faults).to.deep.equal([]));
});
