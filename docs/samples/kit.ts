import { GatehouseClient, GatehouseError, WorldState } from '@gatehouse/client';

export async function visitWorld(url: string, fetchToken: () => Promise<string>): Promise<string> {
  // A function: the kit asks it again when the token is about to expire.
  const gatehouse = new GatehouseClient({ url, token: fetchToken });
  const world = await gatehouse.join('world', {}, { stateClass: WorldState });

  world.on('status', (status) => {
    if (status.state === 'reconnecting') show(`${status.reason.sentence} Attempt ${status.attempt}.`);
    if (status.state === 'failed') show(status.error.sentence);
  });
  world.rpc.serve('world.said', ({ name, text }) => show(`${name}: ${text}`));

  const mark = await world.rpc.call('world.placeMark', { x: 100, y: 100, label: 'camp' });
  try {
    await world.rpc.call('world.moveMark', { id: mark.id, x: 120, y: 100, ifVersion: 99 });
  } catch (error) {
    // Somebody else was first: `data.current` is what it is now.
    if (error instanceof GatehouseError && error.name === 'CONFLICT') show(error.sentence);
  }
  await world.rpc.call('world.say', { text: 'hello' });
  await world.leave();
  return mark.id;
}

function show(_text: string): void {
  // To your page.
}
