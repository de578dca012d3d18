import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** Files change seldom, and are not read for each who asks. */
const READ_EVERY_MS = 60_000;
const PEM = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** When the certificates in the files of settings expire. Read in the background; a file that is gone keeps its last answer. */
export class CertificateFiles {
  readonly #files: ReadonlyArray<readonly [setting: string, path: string]>;
  readonly #expiries = new Map<string, number>();
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(files: Readonly<Record<string, string | undefined>>) {
    this.#files = Object.entries(files).flatMap(([setting, path]) => (path === undefined ? [] : [[setting, path]]));
    this.#read();
  }

  /** Milliseconds since 1970, of the one that expires first. */
  expiries(): ReadonlyMap<string, number> {
    if (performance.now() - this.#readAt >= READ_EVERY_MS) this.#read();
    return this.#expiries;
  }

  #read(): void {
    this.#readAt = performance.now();
    for (const [setting, path] of this.#files) {
      readFile(path, 'utf8').then(
        (text) => {
          const ends = (text.match(PEM) ?? []).map((pem) => new X509Certificate(pem).validToDate.getTime());
          if (ends.length > 0) this.#expiries.set(setting, Math.min(...ends));
        },
        () => {},
      );
    }
  }
}
