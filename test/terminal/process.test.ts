import { spawn } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const root = fileURLToPath(new URL('../../', import.meta.url));
const source = (file: string) => JSON.stringify(new URL(`../../src/${file}`, import.meta.url).href);

interface Ended {
  exit: number | null;
  stdout: string;
  stderr: string;
}

/** Runs Node on `args`; `react` sees stdout as it grows. */
function node(
  args: string[],
  react?: (child: ReturnType<typeof spawn>, stdout: string) => void,
): Promise<Ended> {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, COLUMNS: '20', NODE_OPTIONS: '' },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    react?.(child, stdout);
  });
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve) => child.on('close', (exit) => resolve({ exit, stdout, stderr })));
}

const script = (text: string) => ['--import', 'tsx', '--input-type=module', '-e', text];

describe('the process', () => {
  const waiting = script(`
    import { onInterrupt } from ${source('terminal/interrupt.ts')};
    import { endWithFailure } from ${source('terminal/exit.ts')};
    import { OsvosError } from ${source('errors.ts')};
    const { signal } = onInterrupt((line) => console.error(line));
    signal.addEventListener('abort', () => console.log('asked to stop'));
    console.log('ready');
    while (!(signal.aborted && process.env.POLITE)) await new Promise((done) => setTimeout(done, 20));
    await endWithFailure(new OsvosError('interrupted', 'stopped', 'step 3'));
  `);

  it('ends at once with 130 on the second Ctrl-C, having said what the first does', async () => {
    const ended = await node(waiting, (child, stdout) => {
      if (/^(ready|ready\nasked to stop)\n$/.test(stdout)) child.kill('SIGINT');
    });
    expect(ended).to.deep.equal({
      exit: 130,
      stdout: 'ready\nasked to stop\n',
      stderr: 'Stopping after the current step or frame; once more ends at once.\n',
    });
  });

  it('finishes its step after one SIGTERM and says that the same command goes on, with 130', async () => {
    process.env.POLITE = '1';
    const ended = await node(waiting, (child, stdout) => {
      if (stdout === 'ready\n') child.kill('SIGTERM');
    });
    delete process.env.POLITE;
    expect(ended.exit).to.equal(130);
    expect(ended.stderr).to.contain('Error: stopped: step 3: The same command goes on where it stopped.\n');
  });

  it('ends quietly with 0 when the reader of its result goes away', async () => {
    const writing = script(`
      import { endQuietlyOnClosedPipe } from ${source('terminal/exit.ts')};
      endQuietlyOnClosedPipe();
      for (;;) { console.log('line'); await new Promise((done) => setImmediate(done)); }
    `);
    const ended = await node(writing, (child) => child.stdout!.destroy());
    expect({ exit: ended.exit, stderr: ended.stderr }).to.deep.equal({ exit: 0, stderr: '' });
  });

  it('writes a long error whole into a pipe before it ends', async () => {
    const failing = script(`
      import { endWithFailure } from ${source('terminal/exit.ts')};
      import { OsvosError } from ${source('errors.ts')};
      await endWithFailure(new OsvosError('data-set', 'x'.repeat(300000)), []);
    `);
    const ended = await node(failing);
    expect(ended.exit).to.equal(3);
    expect(ended.stderr).to.match(/^Error: x{300000}: .*\n$/);
  });

  it('says in one line how to set up a clone that is not built', async () => {
    const clone = await mkdtemp(path.join(tmpdir(), 'osvos clone '));
    try {
      await cp(path.join(root, 'bin'), path.join(clone, 'bin'), { recursive: true });
      expect(await node([path.join(clone, 'bin', 'run.js'), '--version'])).to.deep.equal({
        exit: 1,
        stdout: '',
        stderr: 'osvos is not set up in this folder yet: run `npm run setup` (node scripts/setup.mjs) once\n',
      });
    } finally {
      await rm(clone, { recursive: true });
    }
  });

  it('prints help and ends with 2 when nothing was asked for', async () => {
    const { exit, stdout } = await node(['bin/dev.js']);
    expect(exit).to.equal(2);
    expect(stdout).to.contain('USAGE').and.to.contain('weights');
  });

  it('prints an error of a command on one line in a narrow terminal', async () => {
    const ended = await node(['bin/dev.js', 'weights', 'import', 'no such file.safetensors', '-a', 'vgg16']);
    expect(ended).to.deep.equal({
      exit: 4,
      stdout: '',
      stderr:
        'Error: no such weight file: no such file.safetensors: `osvos weights list` shows what there is.\n',
    });
  });
});
