export const USAGE = `
  npm run bench [-- peers | frames play rpc rpc-many] [--quick] [--rounds N] [--noise] [--profile]

    Gatehouse against plain Colyseus: the same room, the same load, in turn. Where they can do it (frames, rpc),
    Socket.IO and a raw ws broadcast take part; "peers" measures only there. Without words all is measured, which
    takes about 20 minutes; no turn begins after 40, and the table then has what there is.

  npm run bench -- cluster [--quick] [--noise] [--profile]     several nodes over Redis and NATS, which it starts
  npm run bench -- delivery [--quick] [--profile]              what leaves the server, and when
  npm run bench -- continuity                                  what players notice when a node dies

    --quick     to see that everything works, in about 3 minutes; its ratios are rough
    --rounds N  rounds of fresh processes, 1 to 50 (5)
    --noise     Colyseus against itself: what this machine makes of two equal things
    --profile   a CPU profile of each server, in bench/results/profiles

  Prints a table and writes it to bench/results/: latest.md, latest.json and latest.svg, a chart; of the others
  NAME.json. Ends with 1 when something that the project promises does not hold, with 2 when the run says nothing.
`;
