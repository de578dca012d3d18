/**
 * What `npm start` and `npm test` do before anything else: install the packages
 * when they are not there, build the page when it is older than its sources,
 * and, for the tests, see to the programs that they drive.
 *
 * Plain JavaScript without packages: it runs on whatever Node the machine has
 * (20 or newer); everything after it runs on the Node that the packages bring.
 *
 *   node scripts/bootstrap.mjs [page] [tools]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules', '.bin');
const wanted = new Set(process.argv.slice(2));

if (Number(process.versions.node.split('.')[0]) < 20)
  stop(`Node ${process.version} is too old to install with. Install Node 20 or newer.`);
installPackages();
if (wanted.has('page')) buildPage();
if (wanted.has('tools')) installTools();

function installPackages() {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const stamp = join(root, 'node_modules', '.gatehouse-installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock && existsSync(join(bin, 'node'))) return;
  say('installing packages (once, about a minute)');
  // Not `npm ci`: the lock file does not name every platform's optional package, which ci takes for an error.
  // --no-save keeps the lock file as it is; --loglevel=error as the machine's own Node is older than the one that
  // the packages bring, and npm would warn of it.
  run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']);
  if (!existsSync(join(bin, 'node'))) {
    stop(
      'the package "node" did not install its binary: its install script must be allowed (allowScripts in package.json).',
    );
  }
  writeFileSync(stamp, lock);
}

function buildPage() {
  const built = join(root, 'web', 'dist', 'index.html');
  if (!existsSync(join(root, 'web', 'index.html'))) return;
  const newest = Math.max(...['web', 'client', 'schema'].map((folder) => newestIn(join(root, folder))));
  if (existsSync(built) && statSync(built).mtimeMs >= newest) return;
  say('building the page');
  run('npm', ['run', '-s', 'build']);
}

function newestIn(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'dist') continue;
    const path = join(folder, entry.name);
    newest = Math.max(newest, entry.isDirectory() ? newestIn(path) : statSync(path).mtimeMs);
  }
  return newest;
}

/** Programs that the tests start. Each entry: any of these commands will do, the Debian package that brings it. */
function installTools() {
  const tools = [
    { commands: ['chromium'], apt: 'chromium' },
    { commands: ['redis-server'], apt: 'redis-server' },
    { commands: ['nats-server'], apt: 'nats-server' },
    { commands: ['haproxy'], apt: 'haproxy' },
    { commands: ['nginx'], apt: 'nginx' },
    { commands: ['openssl'], apt: 'openssl' },
    // Brings promtool.
    { commands: ['prometheus'], apt: 'prometheus' },
  ];
  const missing = tools.filter((tool) => !tool.commands.some(isOnPath));
  if (missing.length === 0) return;
  const names = missing.map((tool) => tool.apt).join(' ');
  const command = `apt-get update && apt-get install -y ${names}`;
  if (process.getuid?.() !== 0 || !isOnPath('apt-get')) stop(`the tests need ${names}. Run: sudo sh -c '${command}'`);
  say(`installing ${names} (Debian may start them as services, too; the tests start their own)`);
  run('sh', ['-c', `(${command}) >/dev/null`], { DEBIAN_FRONTEND: 'noninteractive' });
  if (missing.some((tool) => !tool.commands.some(isOnPath))) stop(`${names} could not be installed. Run: ${command}`);
}

function isOnPath(command) {
  // Servers lie in sbin, which is not on everybody's path.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.some((folder) => existsSync(join(folder, command)));
}

function run(command, args, env = {}) {
  const options = { cwd: root, stdio: 'inherit', env: { ...process.env, ...env }, shell: process.platform === 'win32' };
  const { status, error } = spawnSync(command, args, options);
  if (error !== undefined) stop(`${command}: ${error.message}`);
  if (status !== 0) stop(`${command} ${args.join(' ')} ended with ${status}`);
}

function say(what) {
  process.stderr.write(`gatehouse: ${what}\n`);
}

function stop(why) {
  process.stderr.write(`gatehouse: ${why}\n`);
  process.exit(1);
}
