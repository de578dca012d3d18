import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../scripts/free-port.ts';

/** Debian puts both where only root looks. */
const PATH = [process.env.PATH, '/usr/sbin', '/usr/local/sbin'].join(delimiter);

export interface BalancerParts {
  /** Host and port that it listens on: see `freeAddress`. */
  readonly address: string;
  /** Host and port of two nodes. */
  readonly nodes: readonly [string, string];
  /** With the lines about TLS that are comments in the file. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string } | undefined;
}

/** A real balancer on this machine, with the file of `deploy/`. */
export class Balancer {
  readonly #folder: string;
  readonly #process: ChildProcess;
  #printed = '';

  private constructor(folder: string, process: ChildProcess) {
    this.#folder = folder;
    this.#process = process;
    for (const stream of [process.stdout!, process.stderr!]) {
      stream.on('data', (text) => {
        this.#printed += text;
      });
    }
  }

  /** With its addresses and folders put in place of those of the file, which knows no variables. */
  static nginx({ address, nodes, tls }: BalancerParts): Promise<Balancer> {
    const folder = temporaryFolder();
    const file = join(folder, 'nginx.conf');
    const text = readFileSync('deploy/nginx.conf', 'utf8');
    const config = (tls === undefined ? text : withTls(text, tls))
      .replaceAll('127.0.0.1:2567', nodes[0])
      .replaceAll('127.0.0.1:2568', nodes[1])
      .replaceAll('127.0.0.1:8080', address)
      .replaceAll(/\/var\/(log|lib)\/nginx|\/run(?=\/nginx)/g, folder);
    writeFileSync(file, config);
    return Balancer.#start(folder, address, 'nginx', ['-c', file, '-e', 'stderr', '-g', 'daemon off;']);
  }

  static haproxy({ address, nodes, tls }: BalancerParts): Promise<Balancer> {
    const folder = temporaryFolder();
    const env = { BIND: address, N1: nodes[0], N2: nodes[1] };
    let file = 'deploy/haproxy.cfg';
    if (tls !== undefined) {
      const pem = join(folder, 'both.pem');
      writeFileSync(pem, readFileSync(tls.certFile, 'utf8') + readFileSync(tls.keyFile, 'utf8'));
      const config = readFileSync(file, 'utf8')
        .replace('bind "$BIND"', '')
        .replace('# TLS: bind :443', 'bind "$BIND"')
        .replace('/etc/haproxy/play.example.com.pem', pem);
      file = join(folder, 'haproxy.cfg');
      writeFileSync(file, config);
    }
    return Balancer.#start(folder, address, 'haproxy', ['-f', file], env);
  }

  static async #start(folder: string, address: string, command: string, args: string[], env = {}): Promise<Balancer> {
    const child = spawn(command, args, { env: { ...process.env, ...env, PATH }, stdio: ['ignore', 'pipe', 'pipe'] });
    const balancer = new Balancer(folder, child);
    const gone = new Promise<never>((_resolve, reject) => {
      child.once('error', () =>
        reject(
          new Error(
            `${command} is not installed, and these tests are nothing without it. Run: apt-get install ${command}`,
          ),
        ),
      );
      child.once('exit', (code) => reject(new Error(`${command} ended with ${code}:\n${balancer.#printed}`)));
    });
    // Neither says when it is ready.
    await Promise.race([gone, listensAt(address)]);
    gone.catch(() => {});
    return balancer;
  }

  /** All that it printed, and the files of that name. */
  logs(...names: string[]): string {
    return [this.#printed, ...names.map((name) => readFileSync(join(this.#folder, name), 'utf8'))].join('');
  }

  /** Ends it; `clear` takes its logs away. */
  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGTERM');
    await once(this.#process, 'exit');
  }

  async clear(): Promise<void> {
    await this.end();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A free port of this machine, with its host. */
export async function freeAddress(): Promise<string> {
  return `127.0.0.1:${await freePort()}`;
}

async function listensAt(address: string): Promise<void> {
  const [host, port] = address.split(':');
  for (;;) {
    const socket = connect(Number(port), host);
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (open) return;
    await sleep(20);
  }
}

/** What the comment in the file says: TLS in place of the line above. */
function withTls(config: string, { certFile, keyFile }: { certFile: string; keyFile: string }): string {
  return config
    .replace('listen 127.0.0.1:8080;', '')
    .replaceAll(/# (listen 443|ssl_)/g, '$1')
    .replace('listen 443', 'listen 127.0.0.1:8080')
    .replace('/etc/nginx/play.example.com.pem', certFile)
    .replace('/etc/nginx/play.example.com.key', keyFile);
}

/** Readable for the user that nginx's workers become when root starts it. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-balancer-'));
  chmodSync(folder, 0o755);
  return folder;
}
