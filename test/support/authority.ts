import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished } from 'vitest';

/** A certificate authority of one's own, as companies have them. Its files end with the test that makes it, or with the test file. */
export class Authority {
  readonly folder = mkdtempSync(join(tmpdir(), 'gatehouse-authority-'));
  /** What those who trust it need. */
  readonly caFile = join(this.folder, 'ca.pem');
  readonly #caKey = join(this.folder, 'ca.key');

  constructor(name: string) {
    const atEnd = expect.getState().currentTestName === undefined ? afterAll : onTestFinished;
    atEnd(() => rmSync(this.folder, { recursive: true }));
    this.#openssl(
      'req',
      '-x509',
      ...KEY,
      '-days',
      '1',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      this.#caKey,
      '-out',
      this.caFile,
    );
  }

  /** For a server on this machine, whether it is called by name or by address. */
  certificate(): { certFile: string; keyFile: string } {
    const file = (name: string) => join(this.folder, name);
    const [certFile, keyFile] = [file('server.pem'), file('server.key')];
    writeFileSync(file('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1');
    this.#openssl('req', '-new', ...KEY, '-subj', '/CN=server', '-keyout', keyFile, '-out', file('request'));
    const signing = ['-CA', this.caFile, '-CAkey', this.#caKey, '-CAcreateserial', '-extfile', file('names')];
    this.#openssl('x509', '-req', '-in', file('request'), ...signing, '-days', '1', '-out', certFile);
    return { certFile, keyFile };
  }

  #openssl(...args: string[]): void {
    const { error, status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    if (error !== undefined) throw new Error('openssl is not installed. Run: apt-get install openssl');
    if (status !== 0) throw new Error(`openssl ${args[0]} ended with ${status}:\n${stderr}`);
  }
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
