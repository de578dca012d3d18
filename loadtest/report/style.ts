/**
 * How a report looks. The four tones are of Okabe and Ito's colours, which people who see colours differently can tell
 * apart; dashes and labels at the lines say the same again.
 */
export const PALETTE = `
:root { color-scheme: light dark;
  --page: #f6f7f9; --card: #fff; --ink: #16202c; --soft: #5b6775; --rule: #e3e7ec; --shade: #eef1f5;
  --a: #0072b2; --b: #c45500; --c: #00795a; --d: #a8437f; --good: #00795a; --bad: #b3261e; --goodbg: #e3f4ee; --badbg: #fdeceA; }
@media (prefers-color-scheme: dark) { :root {
  --page: #10151c; --card: #18202a; --ink: #e6ebf1; --soft: #9aa7b5; --rule: #2a3543; --shade: #1f2935;
  --a: #56b4e9; --b: #f0a040; --c: #2fc29a; --d: #e08fc0; --good: #2fc29a; --bad: #ff8a80; --goodbg: #12342b; --badbg: #3d1f20; } }
`.trim();

/** What charts are drawn with. */
export const MARKS = `
svg text { font: 12.5px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: var(--soft); font-variant-numeric: tabular-nums; }
.grid { stroke: var(--rule); fill: none; } .mark { stroke: var(--soft); fill: none; } .rule { stroke: var(--soft); stroke-dasharray: 2 3; fill: none; }
.area { fill-opacity: .14; } .area.a, .bar.a { fill: var(--a); } .area.b, .bar.b { fill: var(--b); } .area.c, .bar.c { fill: var(--c); } .area.d, .bar.d { fill: var(--d); }
svg .quantile { fill: var(--ink); paint-order: stroke; stroke: var(--card); stroke-width: 4px; } svg .name { font-weight: 600; } svg .name.a { fill: var(--a); } svg .name.b { fill: var(--b); } svg .name.c { fill: var(--c); } svg .name.d { fill: var(--d); }
`.trim();

/** Of a whole page. */
export const STYLE = `
${PALETTE}
${MARKS}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 20px 60px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0; font-weight: 650; letter-spacing: -.01em; }
h2 { font-size: 18px; margin: 40px 0 12px; font-weight: 650; }
h3 { font-size: 15px; margin: 0; font-weight: 650; }
p { margin: 0; }
header { display: flex; flex-wrap: wrap; gap: 12px 20px; align-items: center; justify-content: space-between; }
.lead { color: var(--soft); margin-top: 6px; max-width: 75ch; }
.verdict { font-weight: 650; padding: 8px 16px; border-radius: 999px; white-space: nowrap; border: 1px solid currentColor; }
.held { color: var(--good); background: var(--goodbg); } .broken { color: var(--bad); background: var(--badbg); }
.notice { margin-top: 18px; padding: 12px 16px; border-radius: 10px; border-left: 4px solid var(--b); background: var(--card); }
.notice.bad { border-color: var(--bad); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(146px, 1fr)); gap: 10px; margin-top: 24px; }
.card, figure, .panel { background: var(--card); border: 1px solid var(--rule); border-radius: 12px; }
.card { padding: 12px 14px; } .card b { display: block; font-size: 25px; line-height: 1.25; font-weight: 650; letter-spacing: -.01em; }
.card span { color: var(--soft); font-size: 13px; } .card small { display: block; color: var(--soft); font-size: 13px; margin-top: 2px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(520px, 100%), 1fr)); gap: 14px; }
figure { margin: 0; padding: 16px 16px 8px; overflow-x: auto; } figcaption p { color: var(--soft); font-size: 13px; min-height: 2.9em; margin-top: 2px; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
.ramp { fill: var(--shade); } .hover { fill: transparent; } .hover:hover { fill: var(--ink); fill-opacity: .06; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.line.a { stroke: var(--a); } .line.b { stroke: var(--b); stroke-dasharray: 7 4; } .line.c { stroke: var(--c); stroke-dasharray: 2 4; } .line.d { stroke: var(--d); stroke-dasharray: 10 3 2 3; }
.bar:hover { fill-opacity: .7; }
.panel { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: right; padding: 8px 14px; border-top: 1px solid var(--rule); white-space: nowrap; } thead th { border-top: 0; color: var(--soft); font-weight: 500; font-size: 13px; }
th:first-child, td.words { text-align: left; } tbody th { font-weight: 600; } th small { display: block; font-weight: 400; font-size: 13px; color: var(--soft); white-space: normal; min-width: 34ch; } td.words { white-space: normal; color: var(--soft); font-size: 13px; min-width: 26ch; }
.gates { list-style: none; margin: 0; padding: 6px 0; display: grid; grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)); } .gates li { padding: 6px 16px; display: flex; gap: 10px; }
 .gates i { font-style: normal; font-weight: 700; width: 1.2em; flex: none; } .gates .held, .gates .broken { background: none; }
.gates code { font-weight: 600; } code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 13px; }
pre { margin: 0; padding: 14px 16px; white-space: pre-wrap; overflow-wrap: anywhere; }
.how { columns: 2 420px; column-gap: 32px; color: var(--soft); font-size: 14px; } .how p { break-inside: avoid; margin-bottom: 10px; } .how b { color: var(--ink); }
footer { color: var(--soft); font-size: 13px; margin-top: 36px; }
@media (max-width: 560px) { svg { min-width: 500px; } figcaption p { min-height: 0; } }
@media print { body { background: #fff; } figure, .card { break-inside: avoid; } }
`.trim();
