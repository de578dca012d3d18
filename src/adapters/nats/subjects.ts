import { BUS_ROOT } from '../../../schema/bus/subjects.ts';
import { ConfigError } from '../../config.ts';

const WORD = '[A-Za-z0-9_=-]+';
const SUBJECT = new RegExp(`^${WORD}(\\.${WORD})*$`);
const PATTERN = new RegExp(`^(>|(${WORD}|\\*)(\\.(${WORD}|\\*))*(\\.>)?)$`);

/**
 * Puts the word or words of a deployment in the place of `gatehouse` on the
 * server, and takes them back. Other subjects stay as they are.
 */
export class SubjectMap {
  readonly #prefix: string;

  /** @throws ConfigError when the prefix cannot be part of a subject */
  constructor(prefix: string) {
    if (!SUBJECT.test(prefix)) {
      throw new ConfigError(`The prefix of the bus, ${JSON.stringify(prefix)}, must be words. Example: ${BUS_ROOT}`);
    }
    this.#prefix = prefix;
  }

  /** @throws TypeError when it is no subject: a name in it did not go through `subjectWord` */
  subject(subject: string): string {
    if (!SUBJECT.test(subject)) throw new TypeError(`not a subject: ${JSON.stringify(subject)}`);
    return swap(subject, BUS_ROOT, this.#prefix);
  }

  /** @throws TypeError when it is no pattern */
  pattern(pattern: string): string {
    if (!PATTERN.test(pattern)) throw new TypeError(`not a pattern: ${JSON.stringify(pattern)}`);
    return swap(pattern, BUS_ROOT, this.#prefix);
  }

  /** The subject as the code knows it. */
  local(subject: string): string {
    return swap(subject, this.#prefix, BUS_ROOT);
  }
}

function swap(subject: string, from: string, to: string): string {
  return from !== to && subject.startsWith(`${from}.`) ? to + subject.slice(from.length) : subject;
}
