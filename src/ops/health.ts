import express, { type Router } from 'express';

/** Something that must work before traffic is sent here. */
export interface Check {
  readonly name: string;
  isReady(): boolean;
}

/** `/health/live`: the process answers. `/health/ready`: it takes players; 503 with the reasons when not. */
export function healthRouter(checks: readonly Check[]): Router {
  const router = express.Router();
  router.get('/live', (_request, response) => {
    response.json({ status: 'live' });
  });
  router.get('/ready', (_request, response) => {
    const results = Object.fromEntries(checks.map((check) => [check.name, check.isReady() ? 'ready' : 'not ready']));
    const ready = checks.every((check) => check.isReady());
    response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not ready', checks: results });
  });
  return router;
}
