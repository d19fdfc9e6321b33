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
import { errorNames } from '../../src/scores/error-split.js';
import { scoreNames } from '../../src/scores/evaluation.js';
import { formatScore } from '../../src/scores/tables.js';
import { runOsvos } from '../commands/run-osvos.js';
import { writeColourNetwork } from '../methods/stm/colour-network.js';
import { launchOrSkip, openWatched } from './browser.js';

/** The engine of accessibility checks, as a script for pages. */
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const FRAMES = 12;
/** Pixels. */
const PHONE = 390;

describe('the report of a comparison', function () {
  this.timeout(240_000);
  let browser: Browser;
  let page: Page;
  let faults: string[];
  let comparison: Comparison;
  let out: string;
  let told: string;

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
    out = path.join(root, 'out');
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
    told = stderr;
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

  it('tells the kinds of wrong pixels, in numbers and in a chart that is read out', async () => {
    const section = page.locator('#errors-by-kind');
    const chart = await section.locator('svg[role=img]').getAttribute('aria-label');
    const [plain, , truth] = comparison.methods;
    expect(truth.errors).to.deep.equal({ 'FP-Close': 0, 'FP-Far': 0, FN: 0 });
    expect(plain.errors!.FN).to.be.above(0);
    for (const [i, { label, errors }] of comparison.methods.entries()) {
      const cells = await section.locator('tbody tr').nth(i).locator('td').allInnerTexts();
      expect(cells.slice(0, 3)).to.deep.equal(errorNames.map((name) => (100 * errors![name]).toFixed(2)));
      expect(chart).to.contain(`${label} FP-Close ${cells[0]} %`);
    }
    // three kinds for each method
    expect(await section.locator('svg rect').count()).to.be.within(1, 9);
  });

  it('has J&F, J and F of each sequence, the best marked', async () => {
    const cells = await page.locator('#sequences tbody tr').first().locator('td').all();
    const texts = await Promise.all(cells.map((cell) => cell.innerText()));
    const names = ['J&F-Mean', 'J-Mean', 'F-Mean'] as const;
    expect(texts).to.deep.equal(
      comparison.methods.flatMap(({ objects }) => names.map((name) => formatScore(objects.reef_1[name]))),
    );
    const best = await Promise.all(
      cells.map(async (cell) => (await cell.getAttribute('class'))?.includes('best')),
    );
    expect(best.slice(-3)).to.deep.equal([true, true, true]);
  });

  it('stands beside the official tables of each method', async () => {
    const [{ folders, objects }] = comparison.methods;
    const table = await readFile(
      path.join(out, 'csv', path.basename(folders[0]), 'per-sequence_results-val.csv'),
      'utf8',
    );
    const { 'J-Mean': J, 'F-Mean': F } = objects.reef_1;
    expect(table).to.equal(`Sequence,J-Mean,F-Mean\nreef_1,${formatScore(J)},${formatScore(F)}\n`);
    const truth = await readFile(path.join(out, 'csv', '_b_truth', 'global_results-val.csv'), 'utf8');
    expect(truth).to.match(/^J&F-Mean,J-Mean,.*\n1\.000,1\.000,1\.000,0\.000,1\.000,1\.000,0\.000\n$/);
  });

  it('warns of masks that are hardly results, as scores.json and the command do', async () => {
    const { label, warnings } = comparison.methods[2];
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.match(/^the masks equal the annotations in every frame: reef/);
    expect(await page.locator('#runs details').last().locator('li').allInnerTexts()).to.deep.equal(warnings);
    expect(await page.locator('header a').innerText()).to.equal('Warnings');
    expect(told).to.contain(`${label}: ${warnings[0]}`);
  });

  it('says how to run each method alone', async () => {
    const entry = page.locator('#runs details').first();
    expect(await entry.locator('code').innerText()).to.match(
      /^osvos segment --davis \S+ --split val --method stcn --weights=\S+ --seed=1$/,
    );
    const { run } = comparison.methods[0];
    expect(await entry.locator('dl').innerText())
      .to.contain(run!.weights[0].sha256.slice(0, 12))
      .and.to.contain('wasm');
    expect(await page.locator('#runs dl').count(), 'masks of others have no run').to.equal(2);
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
    await page.keyboard.press('Home');
    expect(await page.locator('#frame-name').innerText()).to.equal('00000');
    await page.keyboard.press('?');
    expect(await page.locator('#keys dl').isVisible()).to.equal(true);
  });

  it('leads to the worst frames', async () => {
    const button = page.locator('.worst button').first();
    const name = /reef (\d+)/.exec(await button.innerText())![1];
    await button.click();
    expect(await page.locator('#frame-name').innerText()).to.equal(name);
  });

  it('has no serious fault of accessibility, in light and in dark', async () => {
    for (const [colorScheme, width] of [
      ['light', 1200],
      ['dark', 1200],
      ['dark', PHONE],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      await page.addScriptTag({ path: axe });
      const serious = await page.evaluate(async () => {
        const { violations } = await (globalThis as unknown as { axe: typeof import('axe-core') }).axe.run();
        return violations
          .filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
      });
      expect(serious, `${colorScheme}, ${width} pixels`).to.deep.equal([]);
    }
  });

  it('is no wider than a phone, all entries open', async () => {
    await page.setViewportSize({ width: PHONE, height: 800 });
    // the project's types know no DOM
    const width = await page.evaluate(`
      document.querySelectorAll('details').forEach((entry) => (entry.open = true));
      document.documentElement.scrollWidth`);
    expect(width).to.equal(PHONE);
  });

  it('asks for nothing from outside, and breaks nothing', () => expect(faults).to.deep.equal([]));
});
