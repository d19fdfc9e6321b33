import { expect } from 'chai';
import { scoreObject, scoreSet } from '../../src/scores/evaluation.js';
import { formatScore, globalTable, perSequenceTable } from '../../src/scores/tables.js';

describe('official tables', () => {
  const evaluation = scoreSet({
    'bmx-trees_1': scoreObject([{ J: 0.25, F: 0.75 }]),
    'bmx-trees_2': scoreObject([{ J: 0.75, F: 0.7512 }]),
    'empty,really_1': scoreObject([]),
  });

  it('have one row of seven means with three decimals', () => {
    expect(globalTable(evaluation)).to.equal(
      'J&F-Mean,J-Mean,J-Recall,J-Decay,F-Mean,F-Recall,F-Decay\n0.625,0.500,0.500,0.000,0.751,1.000,0.000\n',
    );
  });

  it('have a row for each object, undefined fields empty, names quoted where they must be', () => {
    expect(perSequenceTable(evaluation)).to.equal(
      'Sequence,J-Mean,F-Mean\nbmx-trees_1,0.250,0.750\nbmx-trees_2,0.750,0.751\n"empty,really_1",,\n',
    );
  });

  it('round as %.3f does', () => {
    // printed by Python's '%.3f' % value
    const printed: [number, string][] = [
      [0.0625, '0.062'],
      [0.1875, '0.188'],
      [0.3125, '0.312'],
      [0.0005, '0.001'],
      [0.0015, '0.002'],
      [0.9995, '1.000'],
      [-0.0625, '-0.062'],
      [-0.1875, '-0.188'],
      [0.123456, '0.123'],
      [1, '1.000'],
    ];
    for (const [value, text] of printed) expect(formatScore(value), String(value)).to.equal(text);
  });
});
