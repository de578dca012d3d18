/** The wire of the bus: what nodes and services must agree on. Not part of `../index.ts`, as no client needs it. */
export * from './bounds.ts';
export * from './envelopes.ts';
export * from './subjects.ts';
