/** Scenarios by their name on the command line. */
import type { Scenario } from '../actor/Scenario.ts';
import { chat } from './chat.ts';
import { churn } from './churn.ts';
import { lobby } from './lobby.ts';
import { mixed } from './mixed.ts';
import { reconnectStorm } from './reconnect-storm.ts';
import { rpc } from './rpc.ts';
import { slowReaders } from './slow-readers.ts';
import { world } from './world.ts';

export const scenarios = {
  world,
  lobby,
  chat,
  rpc,
  churn,
  'reconnect-storm': reconnectStorm,
  'slow-readers': slowReaders,
  mixed,
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;

export const scenarioNames = Object.keys(scenarios) as ScenarioName[];

export function isScenario(name: string): name is ScenarioName {
  return Object.hasOwn(scenarios, name);
}
