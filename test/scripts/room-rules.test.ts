import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const project = fileURLToPath(new URL('../..', import.meta.url));

describe('the room check', function () {
  this.timeout(60_000);
  let copy: string;
  before(() => {
    copy = mkdtempSync(path.join(tmpdir(), 'osvos-rooms-'));
    for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) {
      cpSync(path.join(project, name), path.join(copy, name));
    }
    symlinkSync(path.join(project, 'node_modules'), path.join(copy, 'node_modules'));
    // something for TypeScript to find, where src is empty
    write('test/a.ts', 'export const a = 1;\n');
    mkdirSync(path.join(copy, 'src'));
  });
  after(() => rmSync(copy, { recursive: true, force: true }));

  const write = (file: string, content: string) => {
    mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
    writeFileSync(path.join(copy, file), content);
  };
  const check = () =>
    spawnSync(process.execPath, ['scripts/check-rooms.mjs', copy], { cwd: project, encoding: 'utf8' });

  it('fails when it looked at no module', () => {
    const { status, stderr } = check();
    expect(stderr).to.match(/no module was looked at/);
    expect(status).to.equal(1);
  });

  it('passes imports that run downwards', () => {
    write('src/engine/a.ts', 'export const a = 1;\n');
    write('src/networks/b.ts', "export { a } from '../engine/a.js';\nexport interface B { b: 1 }\n");
    const { status, stdout } = check();
    expect(stdout).to.match(/^2 modules, 0 forbidden imports/m);
    expect(status).to.equal(0);
  });

  describe('finds a planted import', () => {
    const plants: [string, string, string, string][] = [
      [
        'upwards',
        'training/x.ts',
        "export { y } from '../methods/y.js';\n",
        'training-imports-no-room-above',
      ],
      [
        'of types only, upwards',
        'engine/x.ts',
        "export type { B } from '../networks/b.js';\n",
        'engine-imports-no-room-above',
      ],
      [
        'from a side room into the chain',
        'weights/x.ts',
        "export * from '../networks/b.js';\n",
        'side-rooms-import-no-chain',
      ],
      [
        'of another side room in the scores',
        'scores/x.ts',
        "export * from '../clips/y.js';\n",
        'snapping-and-scores-are-plain',
      ],
      ['of tensors in a job', 'jobs/x.ts', "export * as tf from '@tensorflow/tfjs';\n", 'tensors-stay-below'],
      ['in a circle', 'methods/x.ts', "export * from './y.js';\n", 'no-cycles'],
    ];
    let found: { status: number | null; stderr: string };
    before(() => {
      for (const [, file, content] of plants) write(`src/${file}`, content);
      write('src/methods/y.ts', "export * from './x.js';\nexport const y = 1;\n");
      write('src/clips/y.ts', 'export const y = 1;\n');
      found = check();
    });

    for (const [what, file, , rule] of plants) {
      it(what, () =>
        expect(found.stderr).to.match(new RegExp(`^${rule}: src/${file}|^${rule}: .* → src/${file}`, 'm')),
      );
    }

    it('and fails', () => expect(found.status).to.equal(1));
  });
});
