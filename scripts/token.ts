/** `npm run -s token -- alice [--name N] [--role admin] [--ttl 1h]`: prints a token and nothing else. */
import { parseArgs } from 'node:util';
import { systemRandom } from '../src/adapters/system/random.ts';
import { readConfig } from '../src/config.ts';
import { signToken } from '../src/gate/dev-issuer.ts';

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400 };

function secondsOf(ttl: string): number {
  const match = /^(\d+)([smhd])$/.exec(ttl);
  if (match === null) throw new Error(`--ttl ${ttl} must be a number with s, m, h or d. Example: --ttl 1h`);
  return Number(match[1]) * UNITS[match[2]!]!;
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { name: { type: 'string' }, role: { type: 'string' }, ttl: { type: 'string', default: '1h' } },
  });
  const [userId] = positionals;
  if (userId === undefined || positionals.length > 1)
    throw new Error('Name one user. Example: npm run -s token -- alice');
  const { jwt } = readConfig();
  if (jwt.key.kind !== 'secret')
    throw new Error('This server only verifies tokens (a public key is configured); ask its issuer for one.');
  const { name, role, ttl } = values;
  const { issuer, audience } = jwt;
  const tokenId = systemRandom.id();
  const request = { userId, name, role, ttlSeconds: secondsOf(ttl), tokenId, issuer, audience };
  process.stdout.write(`${signToken(request, jwt.key.secret)}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}
