/** A server with the bench's rooms, in which slow readers stay for as long as the measurement takes. */
import { BenchRoom } from '../servers/BenchRoom.ts';
import { serve } from '../servers/serve.ts';
import { Clog } from './Clog.ts';
import { serveGatehouse } from './serve-gatehouse.ts';

const server = await serveGatehouse({ rooms: { bench: BenchRoom }, env: { HEARTBEAT: '60', OUTBOX_AGE: '60' } });
const clog = new Clog(server);
serve({ port: server.port }, { clog: () => clog.fill(), waiting: () => clog.waiting() });
