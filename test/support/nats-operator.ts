import { randomUUID } from 'node:crypto';
import { nkeys } from '@nats-io/transport-node';

type KeyPair = ReturnType<typeof nkeys.createUser>;

const UNLIMITED = { subs: -1, data: -1, payload: -1 };

/** As much of `nsc` as tests need: an operator with one account, whose users bring credentials files. */
export class NatsOperator {
  readonly #operator = nkeys.createOperator();
  readonly #account = nkeys.createAccount();

  /** Text of a nats-server.conf that lets in its users and nobody else. */
  get config(): string {
    const limits = { ...UNLIMITED, conn: -1, leaf: -1, imports: -1, exports: -1, wildcards: true };
    const operator = claim(this.#operator, this.#operator, { type: 'operator' });
    const account = claim(this.#account, this.#operator, { type: 'account', limits });
    return `operator: ${operator}\nresolver: MEMORY\nresolver_preload: { ${this.#account.getPublicKey()}: ${account} }`;
  }

  /** The content of a credentials file of a new user. */
  credentials(): string {
    const user = nkeys.createUser();
    const jwt = claim(user, this.#account, { type: 'user', ...UNLIMITED });
    return block('NATS USER JWT', jwt) + block('USER NKEY SEED', Buffer.from(user.getSeed()).toString());
  }
}

/** A JWT in which the signer says what the subject is. */
function claim(subject: KeyPair, signer: KeyPair, nats: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = [
    part({ typ: 'JWT', alg: 'ed25519-nkey' }),
    part({
      jti: randomUUID(),
      iat: Math.floor(Date.now() / 1_000),
      iss: signer.getPublicKey(),
      sub: subject.getPublicKey(),
      name: 'test',
      nats: { ...nats, version: 2 },
    }),
  ].join('.');
  return `${text}.${Buffer.from(signer.sign(Buffer.from(text))).toString('base64url')}`;
}

/** As `nsc` writes it, with its uneven dashes. */
function block(name: string, body: string): string {
  return `-----BEGIN ${name}-----\n${body}\n------END ${name}------\n`;
}
