const first = [
  'Amber',
  'Brisk',
  'Calm',
  'Clever',
  'Coral',
  'Gentle',
  'Golden',
  'Jolly',
  'Mellow',
  'Nimble',
  'Quiet',
  'Sunny',
];
const second = ['Badger', 'Finch', 'Fox', 'Heron', 'Lark', 'Lynx', 'Marten', 'Otter', 'Robin', 'Swift', 'Wren', 'Hare'];

/** A friendly name for a visitor who has no wish for another. */
export function randomName(): string {
  return `${pick(first)} ${pick(second)}`;
}

function pick(words: readonly string[]): string {
  return words[Math.floor(Math.random() * words.length)]!;
}
