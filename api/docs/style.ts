/** The look of the page at /docs: one column on a phone, the contents at the left where there is room. */
export const STYLE = `
:root { color-scheme: light dark; --text: #1c2330; --soft: #5a6577; --line: #dde2ea; --back: #fff; --box: #f5f7fa;
  --link: #0b57c2; --get: #0a6b3d; --post: #0b57c2; --put: #8a5300; --patch: #8a5300; --delete: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --text: #e3e8f0; --soft: #9aa6b8; --line: #2c3442; --back: #12161d;
  --box: #1a202a; --link: #8ab8ff; --get: #6fd3a0; --post: #8ab8ff; --put: #f0b95e; --patch: #f0b95e; --delete: #ff9b93; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 4rem; }
body { margin: 0; color: var(--text); background: var(--back); font: 16px/1.55 system-ui, sans-serif; }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: 2px; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
header { position: sticky; top: 0; z-index: 1; display: flex; gap: 1rem; align-items: baseline; padding: .7rem 1.2rem;
  background: var(--back); border-bottom: 1px solid var(--line); }
header b { font-size: 1.15rem; }
header a:last-child { margin-left: auto; }
main { padding: 0 1.2rem 4rem; max-width: 60rem; min-width: 0; }
nav { padding: 1rem 1.2rem 3rem; border-top: 1px solid var(--line); font-size: .93rem; }
nav h2 { margin: 1.2rem 0 .3rem; font-size: .8rem; color: var(--soft); border: 0; padding: 0; }
nav ul { margin: 0; padding: 0; list-style: none; }
nav li a { display: block; padding: .2rem 0; text-decoration: none; color: var(--text); }
nav li a:hover { color: var(--link); text-decoration: underline; }
h1 { margin: 2rem 0 .5rem; font-size: 1.9rem; line-height: 1.2; }
h2 { margin: 3rem 0 .8rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: 1.45rem; }
h3 { margin: 0 0 .4rem; font-size: 1.15rem; }
h3 a { color: inherit; text-decoration: none; }
h4 { margin: 1.3rem 0 .4rem; font-size: .95rem; }
article { padding: 1.4rem 0; border-top: 1px solid var(--line); }
section > article:first-of-type { border-top: 0; }
code { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
p code, td code, li code { padding: .1em .3em; background: var(--box); border-radius: 4px; }
pre { margin: .4rem 0; padding: .8rem 1rem; overflow-x: auto; background: var(--box); border-radius: 8px; }
pre code { overflow-wrap: normal; }
.call { margin: .2rem 0 .6rem; }
.method { font-weight: 700; font-size: .85rem; }
.get { color: var(--get); } .post { color: var(--post); } .put { color: var(--put); }
.patch { color: var(--patch); } .delete { color: var(--delete); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .93rem; }
th, td { padding: .4rem .8rem .4rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line);
  font-weight: 400; }
thead th { color: var(--soft); font-size: .85rem; }
small { color: var(--soft); }
.limits { display: inline-block; }
details { padding: .25rem 0; }
summary { cursor: pointer; }
.codes a { display: inline-block; margin: 0 1rem .2rem 0; font-size: .93rem; }
@media (max-width: 40rem) {
  thead { display: none; }
  tr { display: block; padding: .4rem 0; border-bottom: 1px solid var(--line); }
  th, td { display: block; padding: .05rem 0; border: 0; }
}
@media (min-width: 64rem) {
  .page { display: grid; grid-template-columns: 17rem minmax(0, 1fr); }
  nav { grid-column: 1; grid-row: 1; position: sticky; top: 3.2rem; height: calc(100vh - 3.2rem); overflow-y: auto;
    border-top: 0; border-right: 1px solid var(--line); }
  main { grid-column: 2; grid-row: 1; padding: 0 3rem 6rem; }
  header a:last-child { display: none; }
}
@media print { header, nav { display: none; } }
`;
