import { expect } from 'chai';
import type { ComparedMethod, Comparison } from '../../src/report/comparison.js';
import { comparisonCsv, errorsCsv, latexTable, markdownTables } from '../../src/report/comparison-tables.js';
import { scoreNames, type Scores } from '../../src/scores/evaluation.js';

function scores(value: number | null, decay = value): Scores {
  return Object.fromEntries(
    scoreNames.map((name) => [name, name.endsWith('Decay') ? decay : value]),
  ) as Scores;
}

const cost = {
  ...{ stages: { segmenting: 6 }, secondsPerSequence: 6.04, secondsPerFrame: 0.1234, peakMemoryMB: 812.4 },
  ...{ engine: 'wasm', device: 'cpu', threads: 1 },
};

const methods: ComparedMethod[] = [
  { label: 'osvos@no_x', kind: 'run', scores: scores(0.75, 0.1), spread: scores(0.0111), objects: {}, folders: [], warnings: [], cost }, // prettier-ignore
  { label: 'a|b & c', kind: 'published', scores: scores(0.8, -0.05), objects: {}, folders: [], warnings: [] },
  { label: 'none', kind: 'masks', scores: scores(null), objects: {}, folders: [], warnings: [] },
];
const comparison: Comparison = { version: 1, set: 'val', protocol: 'davis-2016', sequences: [], methods };

describe('tables of a comparison', () => {
  it('are Markdown with the best in bold: highest, or lowest for decay', () => {
    expect(markdownTables(comparison).split('\n')).to.deep.equal([
      '| method | J&F-Mean | J-Mean | J-Recall | J-Decay | F-Mean | F-Recall | F-Decay | s/sequence | s/frame | peak MB |',
      '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
      '| osvos@no_x | 0.750 ± 0.011 | 0.750 ± 0.011 | 0.750 ± 0.011 | 0.100 ± 0.011 | 0.750 ± 0.011 | 0.750 ± 0.011 | 0.100 ± 0.011 | 6.0 | 0.123 | 812 |',
      '| a\\|b & c | **0.800** | **0.800** | **0.800** | **-0.050** | **0.800** | **0.800** | **-0.050** | – | – | – |',
      '| none | – | – | – | – | – | – | – | – | – | – |',
      '',
    ]);
  });

  it('tell the kinds of wrong pixels below, in percent, where they are known', () => {
    const errors = { 'FP-Close': 0.01, 'FP-Far': 0.00125, FN: 0.5 };
    const objects = { a_1: { ...scores(0.75), J: [], F: [], errors } };
    const known = { ...comparison, methods: [{ ...methods[0], errors, objects }, methods[1]] };
    expect(markdownTables(known).split('\n').slice(5)).to.deep.equal([
      '| wrong pixels, % of the frame | FP-Close | FP-Far | FN | all |',
      '| --- | ---: | ---: | ---: | ---: |',
      '| osvos@no_x | 1.00 | 0.13 | 50.00 | 51.13 |',
      '',
    ]);
    expect(errorsCsv(known)).to.equal(
      'method,Sequence,FP-Close,FP-Far,FN\nosvos@no_x,a_1,0.01,0.00125,0.5\n',
    );
  });

  it('say how far methods agree where nobody knows the truth', () => {
    const agreement = [1, 0.5, null].map((_, i) =>
      [0, 1, 2].map((j) => (i === j ? 1 : i + j === 1 ? 0.5 : null)),
    );
    expect(markdownTables({ ...comparison, protocol: null, agreement }).split('\n')[2]).to.equal(
      '| osvos@no_x | 1.000 | 0.500 | – | 6.0 | 0.123 | 812 |',
    );
  });

  it('are LaTeX whose signs mean themselves', () => {
    const lines = latexTable(comparison).split('\n');
    expect(lines[0]).to.equal('\\begin{tabular}{lrrrrrrrrrr}');
    expect(lines[2]).to.match(/^method & J\\&F-Mean & /);
    expect(lines[4]).to.match(/^osvos@no\\_x & 0\.750 \$\\pm\$ 0\.011 & .* & 6\.0 & 0\.123 & 812 \\\\$/);
    expect(lines[5]).to.match(/^a\|b \\& c & \\textbf\{0\.800\} & /);
    expect(lines[6]).to.match(/^none & -- & /);
  });

  it('are comma-separated in full precision, and empty where nothing is known', () => {
    const lines = comparisonCsv(comparison).split('\n');
    expect(lines[1]).to.equal('osvos@no_x,0.75,0.75,0.75,0.1,0.75,0.75,0.1,6.04,0.1234,812.4');
    expect(lines[3]).to.equal('none,,,,,,,,,,');
  });
});
