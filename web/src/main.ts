/** The page of Gatehouse: a world to walk in, the people in it, and what they say. */
import './strict-csp.ts';
import type { RoomConnection, WorldState } from '@gatehouse/client';
import '@gatehouse/client/widgets';
import { element } from './element.ts';
import { Door } from './entry/Door.ts';
import type { Stay } from './entry/Stay.ts';
import { publishHandle } from './handle.ts';
import { watchShortcuts } from './input/shortcuts.ts';
import { focusWorld, watchWorldFocus } from './input/world-focus.ts';
import { MarkForm } from './marks/MarkForm.ts';
import { watchMarkGestures } from './marks/MarkGestures.ts';
import { MarkList } from './marks/MarkList.ts';
import { MarkMenu } from './marks/MarkMenu.ts';
import { Banner } from './panel/Banner.ts';
import { Chat } from './panel/Chat.ts';
import { Drawer } from './panel/Drawer.ts';
import { Notices } from './panel/Notices.ts';
import { type Drawn, Stage } from './Stage.ts';
import { Visit } from './Visit.ts';
import type { Point } from './world/Camera.ts';
import { fillOf } from './world/palette.ts';

/** How often what is beside the world is brought up to date, in milliseconds. */
const PANEL_EVERY_MS = 200;

let visit: Visit | null = null;
let panelAt = 0;

const notices = new Notices();
const banner = new Banner();
const drawer = new Drawer();
const chat = new Chat(async (text) => visit?.stay.world.rpc.call('world.say', { text }));
const connectionWidget = element<HTMLElementTagNameMap['gatehouse-connection']>('connection');
const peopleWidget = element<HTMLElementTagNameMap['gatehouse-online-list']>('people');

const stage = new Stage({ visit: () => visit, onDrawn: goAlong });
const { camera, canvas } = stage;

const markForm = new MarkForm({
  camera,
  onPlace: (at, label) => void visit?.marks.place(at, label),
  onClose: () => {
    if (visit !== null) visit.marks.ghost = null;
    focusWorld();
  },
});
const markMenu = new MarkMenu({
  camera,
  onRemove: () => {
    removeMark(visit?.marks.selected);
    focusWorld();
  },
  onFetch: () => {
    const here = ownPlace();
    if (visit?.marks.selected && here) void visit.marks.move(visit.marks.selected, here);
  },
});
const markList = new MarkList({ onSelect: (id) => visit?.marks.select(id), onRemove: removeMark });
const carryMark = watchMarkGestures({
  canvas,
  camera,
  marks: () => visit?.marks ?? null,
  onPress: () => {
    markForm.close();
    focusWorld();
  },
  onPlace: askForMark,
});

watchWorldFocus();

const door = new Door({
  onWorld: listen,
  onIn: enter,
  onOut: leave,
  onLobby: (lobby) => {
    peopleWidget.lobby = lobby;
  },
});

watchShortcuts({
  isIn: () => visit !== null,
  chat: () => {
    drawer.set(true);
    chat.focus();
  },
  world: () => {
    visit?.marks.select(null);
    focusWorld();
  },
  placeMark: askForMarkHere,
  removeMark: () => removeMark(visit?.marks.selected),
});
element('place').addEventListener('click', askForMarkHere);
element('rename').addEventListener('click', () => door.rename());
document.addEventListener('gatehouse-rejoin', () => void door.again());

publishHandle({
  get world() {
    return visit?.stay.world ?? null;
  },
  get lobby() {
    return visit?.stay.lobby ?? null;
  },
  get frames() {
    return stage.frames;
  },
  drawn(sessionId) {
    const player = visit?.stay.world.state.players.get(sessionId);
    return player && visit?.motion.pose(player);
  },
  toPage: (place) => camera.toPage(place),
});
void door.open(new URL(location.href));

/** Before it is joined: after a reload what was missed comes at once. */
function listen(world: RoomConnection<WorldState>): void {
  world.rpc.serve('world.said', ({ sessionId, name, text }) => {
    chat.said({ name, hue: world.state.players?.get(sessionId)?.hue, text });
    if (visit?.stay.world === world) visit.speech.say(sessionId, text, performance.now());
    if (sessionId !== world.sessionId) drawer.spoken();
  });
  world.on('recovered', ({ whole }) => {
    if (!whole) chat.event('What was said meanwhile could not be kept');
  });
}

function enter(stay: Stay, name: string): void {
  leave();
  const fresh = new Visit(stay, notices.tell);
  const { world, lobby } = stay;
  visit = fresh;
  world.on('status', (status) => {
    if (visit !== fresh) return;
    banner.show(status);
    element('panel').dataset.state = status.state;
    if (status.state === 'failed') door.failed(status.error);
  });
  world.on('overflow', () => notices.tell('Too much is waiting to be sent.'));
  connectionWidget.connection = world;
  peopleWidget.lobby = lobby;
  element('panel').dataset.state = world.status.state;
  element('me-name').textContent = name;
  for (const id of ['panel', 'tools', 'map']) element(id).hidden = false;
  stage.arrange();
  focusWorld();
}

function leave(): void {
  markForm.close();
  visit?.dispose();
  visit = null;
  banner.hide();
}

/** After each frame of a visit: what floats with the world at once, the panel a few times a second. */
function goAlong({ visit: drawn, pins, now }: Drawn): void {
  carryMark();
  const selected = pins.find((pin) => pin.selected) ?? null;
  markMenu.follow(markForm.isOpen || drawn.marks.dragging ? null : selected);
  if (now - panelAt < PANEL_EVERY_MS) return;
  panelAt = now;
  markList.show(pins.filter((pin) => !pin.ghost));
  const { players, map } = drawn.stay.world.state;
  for (const news of drawn.roster.look(players ?? [], map?.keys() ?? [], now)) chat.event(news);
  const { me } = drawn.motion;
  if (me === undefined) return;
  peopleWidget.selfId = me.userId;
  element('me-name').textContent = me.name;
  element('me-dot').style.background = fillOf(me.hue);
}

function ownPlace(): Point | undefined {
  const me = visit?.motion.me;
  return me && visit?.motion.pose(me);
}

function askForMark(at: Point): void {
  if (visit === null) return;
  visit.marks.select(null);
  visit.marks.ghost = at;
  markForm.open(at);
}

function askForMarkHere(): void {
  const here = ownPlace();
  if (here !== undefined) askForMark(here);
}

function removeMark(id: string | null | undefined): void {
  if (id) void visit?.marks.remove(id);
}
