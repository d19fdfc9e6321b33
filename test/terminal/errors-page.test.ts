import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { errorKinds } from '../../src/errors.js';

describe('docs/errors.md', () => {
  let rows: string[][];
  before(async () => {
    const page = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8');
    rows = [...page.matchAll(/^\| `([^`]+)` \| (\d+) \| (.+) \| (.+) \|$/gm)].map((match) => match.slice(1));
  });

  it('has every error of the table, with exit code, cause and cure (node --import tsx scripts/make-errors-page.mjs)', () => {
    const expected = Object.entries(errorKinds).map(([code, kind]) => [
      code,
      String(kind.exit),
      kind.meaning,
      kind.cure,
    ]);
    expect(rows).to.deep.equal(expected);
  });

  it('says what each error means and what to do in a sentence', () => {
    expect(rows.length).to.be.above(10);
    for (const [code, , meaning, cure] of rows) {
      expect(meaning, code).to.match(/^[A-Z].{10,}\.$/);
      expect(cure, code).to.match(/^\S.{10,}\.$/);
    }
  });
});
