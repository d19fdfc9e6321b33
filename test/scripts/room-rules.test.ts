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
  beforeEach(() => {
    copy = mkdtempSync(path.join(tmpdir(), 'osvos-rooms-'));
    for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) {
      cpSync(path.join(project, name), path.join(copy, name));
    }
    symlinkSync(path.join(project, 'node_modules'), path.join(copy, 'node_modules'));
    mkdirSync(path.join(copy, 'src'));
  });
  afterEach(() => rmSync(copy, { recursive: true, force: true }));

  const write = (file: string, content: string) => {
    mkdirSync(path.dirname(path.join(copy, 'src', file)), { recursive: true });
    writeFileSync(path.join(copy, 'src', file), content);
  };
  const check = () =>
    spawnSync(process.execPath, ['scripts/check-rooms.mjs', copy], { cwd: project, encoding: 'utf8' });

  it('passes imports that run downwards', () => {
    write('engine/a.ts', 'export const a = 1;\n');
    write('networks/b.ts', "export { a } from '../engine/a.js';\n");
    const { status, stdout } = check();
    expect(stdout).to.match(/^2 modules, 0 forbidden imports/m);
    expect(status).to.equal(0);
  });

  const plants: [string, string, string, string][] = [
    ['upwards', 'engine/a.ts', "export { b } from '../networks/b.js';\n", 'engine-imports-no-room-above'],
    [
      'of types only, upwards',
      'engine/a.ts',
      "export type { B } from '../networks/b.js';\n",
      'engine-imports-no-room-above',
    ],
    [
      'from a side room into the chain',
      'scores/a.ts',
      "export { b } from '../networks/b.js';\n",
      'side-rooms-import-no-chain',
    ],
    ['of tensors in a job', 'jobs/a.ts', "export * as tf from '@tensorflow/tfjs';\n", 'tensors-stay-below'],
    ['in a circle', 'networks/a.ts', "export { b } from './b.js';\n", 'no-cycles'],
  ];
  for (const [what, file, content, rule] of plants) {
    it(`finds an import ${what}`, () => {
      write(file, content);
      const back = rule === 'no-cycles' ? "export * from './a.js';\n" : '';
      write('networks/b.ts', `${back}export const b = 1;\nexport interface B { b: 1 }\n`);
      const { status, stderr } = check();
      expect(stderr).to.contain(`${rule}: src/`);
      expect(status).to.equal(1);
    });
  }

  it('fails when it looked at no module', () => {
    const { status, stderr } = check();
    expect(stderr).to.match(/no module was looked at/);
    expect(status).to.equal(1);
  });
});
