/** The download that tfjs-node's own install script makes: TensorFlow 2.9.1 (older on ARM) and a compiled addon. */
import { rmSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { run } from './run.mjs';
import { say, SetupError } from './say.mjs';

/** The same variables that the script itself reads. */
const host = () =>
  process.env.TFJS_NODE_CDN_STORAGE ?? process.env.CDN_STORAGE ?? 'https://storage.googleapis.com/';
const CONNECT_TIMEOUT_MS = 10_000;
const DOWNLOAD_TIMEOUT_MS = 15 * 60_000;

/**
 * Runs the script in the package's folder. The addon comes last, so that an interrupted download is no engine.
 *
 * @param {{folder: string, modules: string}} native the npm package, and the node_modules folder that it lies in
 */
export async function runOwnDownload(native) {
  const behindProxy = process.env.HTTPS_PROXY ?? process.env.https_proxy;
  if (!behindProxy) await mustAnswer(host());
  say(`tensorflow: trying the download of tfjs-node itself from ${host()}`);
  try {
    await run(process.execPath, [path.join('scripts', 'install.js'), 'gpu', 'download'], {
      cwd: native.folder,
      // the script calls node-pre-gyp by name
      env: { PATH: `${path.join(native.modules, '.bin')}${path.delimiter}${process.env.PATH}` },
      timeoutMs: DOWNLOAD_TIMEOUT_MS,
      doing: 'downloading',
    });
  } catch (error) {
    removeNative(native);
    throw error;
  }
}

/** Takes the native parts out of the npm package. */
export function removeNative(native) {
  for (const name of ['deps', 'lib'])
    rmSync(path.join(native.folder, name), { recursive: true, force: true });
}

function mustAnswer(url) {
  return new Promise((resolve, reject) => {
    const fail = (why) => reject(new SetupError(`${url} does not answer (${why})`));
    const request = https.request(url, { method: 'HEAD', timeout: CONNECT_TIMEOUT_MS }, (response) => {
      response.resume();
      resolve();
    });
    request.on('timeout', () => request.destroy(new Error(`nothing within ${CONNECT_TIMEOUT_MS / 1000} s`)));
    request.on('error', (error) => fail(error.message || error.code));
    request.end();
  });
}
