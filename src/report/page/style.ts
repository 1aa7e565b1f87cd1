/** The look of a page: follows the reader's choice of light or dark, and any width. */
export const STYLE = `
:root { color-scheme: light dark; --faint: color-mix(in srgb, currentColor 70%, transparent); --line: color-mix(in srgb, currentColor 18%, transparent); }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 1100px; padding: 1rem; background: light-dark(#fff, #16181c); color: light-dark(#1c1f24, #e4e6ea); }
h1 { font-size: 1.3rem; margin: 0 0 .3rem; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
p { margin: .2rem 0; overflow-wrap: anywhere; }
.faint, figcaption, summary { color: var(--faint); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(155px, 1fr)); gap: .5rem; margin: 1rem 0; }
.cards div { min-width: 0; overflow-wrap: anywhere; border: 1px solid var(--line); border-radius: 6px; padding: .5rem .7rem; }
.cards b { display: block; font-size: 1.15rem; font-variant-numeric: tabular-nums; }
.cards span { color: var(--faint); font-size: .85rem; white-space: pre-line; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(440px, 100%), 1fr)); gap: 1.2rem; }
.charts.wide { grid-template-columns: 1fr; }
figure { margin: 0; min-width: 0; }
figure svg, figure [class*='swatches'] { font-size: 12px; }
figure svg { background: none; max-width: 100%; height: auto; }
figure figure { margin: 0; }
figcaption { font-size: .9rem; margin-bottom: .2rem; }
.controls { display: flex; flex-wrap: wrap; gap: .6rem; margin: .4rem 0; font-size: .9rem; }
.controls label { display: inline-flex; flex-wrap: wrap; gap: .3rem; align-items: center; color: var(--faint); }
select { font: inherit; max-width: 100%; }
.scroll { overflow-x: auto; --page: light-dark(#fff, #16181c); --shade: light-dark(#0002, #ffffff24);
  background: linear-gradient(to right, var(--page) 50%, transparent) left / 3rem 100% no-repeat local, linear-gradient(to left, var(--page) 50%, transparent) right / 3rem 100% no-repeat local,
    linear-gradient(to right, var(--shade), transparent) left / .7rem 100% no-repeat scroll, linear-gradient(to left, var(--shade), transparent) right / .7rem 100% no-repeat scroll; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .15rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
@media (max-width: 640px) { th, td { padding: .15rem .4rem; } th { white-space: normal; vertical-align: bottom; } td:first-child { white-space: normal; min-width: 8.5rem; } }
td.changed { font-weight: 600; }
details { margin: .6rem 0; }
summary { cursor: pointer; }
[aria-label='tip'] { color: #1c1f24; --plot-background: #fff; }
`;
