// How the pages of the sign-in look, light and dark, from 320 px up. One text, so that its hash can stand in the policy.

export const style = `
:root { color-scheme: light dark; --ground: #f4f5f7; --card: #fff; --text: #16191d; --soft: #5a626d; --line: #d5d9df;
  --field: #fff; --accent: #1f5eff; --on-accent: #fff; --press: #174bd0; --bad: #b3261e; --bad-ground: #fdecea;
  --code: #eef1f6; }
@media (prefers-color-scheme: dark) { :root { --ground: #0f1114; --card: #181b20; --text: #eceef1; --soft: #a3abb6;
  --line: #343a43; --field: #101216; --accent: #7aa2ff; --on-accent: #0b1020; --press: #97b6ff; --bad: #ffb4ab;
  --bad-ground: #3b1a18; --code: #101216; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; min-height: 100vh; min-height: 100dvh; display: grid; place-items: center; padding: 24px 16px;
  background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { width: 100%; max-width: 400px; background: var(--card); border: 1px solid var(--line); border-radius: 14px;
  padding: 28px 24px; }
.brand { display: flex; align-items: center; gap: 8px; margin: 0 0 20px; font-weight: 600; color: var(--soft); }
.brand svg { width: 22px; height: 22px; fill: var(--accent); }
h1 { margin: 0 0 8px; font-size: 22px; line-height: 1.25; letter-spacing: -0.01em; }
p { margin: 0 0 16px; }
.soft { color: var(--soft); font-size: 14px; }
.address { overflow-wrap: anywhere; }
label { display: block; margin: 0 0 6px; font-size: 14px; font-weight: 600; }
input { width: 100%; min-height: 44px; margin: 0 0 14px; padding: 10px 12px; border: 1px solid var(--line);
  border-radius: 9px; background: var(--field); color: var(--text); font: inherit; }
code { font: 15px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.code { display: block; margin: 0 0 14px; padding: 12px 14px; border: 1px solid var(--line); border-radius: 9px;
  background: var(--code); font-weight: 600; overflow-wrap: anywhere; -webkit-user-select: all; user-select: all; }
details { margin: 0 0 18px; }
summary { cursor: pointer; padding: 4px 0; color: var(--soft); font-size: 14px; }
details[open] summary { margin-bottom: 10px; }
.row { display: flex; gap: 10px; flex-direction: row-reverse; }
button { flex: 1; min-height: 46px; padding: 10px 16px; border: 1px solid var(--line); border-radius: 9px;
  background: transparent; color: var(--text); font: inherit; font-weight: 600; cursor: pointer; }
button.main { flex: 2; border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
button.main:hover { background: var(--press); border-color: var(--press); }
button.wide { width: 100%; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.bad { margin: 0 0 16px; padding: 10px 12px; border-radius: 9px; background: var(--bad-ground); color: var(--bad);
  font-size: 14px; }
.last { margin: 18px 0 0; padding-top: 16px; border-top: 1px solid var(--line); }
`;
