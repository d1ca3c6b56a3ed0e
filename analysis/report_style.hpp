// The style sheet of a report.
#pragma once

namespace analysis {

inline constexpr const char* kReportStyle = R"css(
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1d1f21; --quiet: #62676c; --line: #e2e4e7; --tint: #f6f7f8; --accent: #0072b2;
}
@media (prefers-color-scheme: dark) {
  :root { --paper: #17191c; --ink: #e6e7e9; --quiet: #9aa0a6; --line: #303438; --tint: #1f2226; --accent: #6cb6e6; }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 3.5rem 1.5rem 5rem; max-width: 1136px; background: var(--paper); color: var(--ink);
  font: 16px/1.55 "Helvetica Neue", "Segoe UI", Roboto, "DejaVu Sans", Verdana, sans-serif;
  font-variant-numeric: tabular-nums;
}
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
header { border-bottom: 1px solid var(--line); padding-bottom: 1.75rem; }
h1 { margin: 0 0 .6rem; font-size: 2rem; line-height: 1.2; font-weight: 650; letter-spacing: -.015em; overflow-wrap: anywhere; }
h2 { margin: 4rem 0 1.25rem; font-size: 1.35rem; font-weight: 650; letter-spacing: -.01em; }
.lead { margin: 0; max-width: 52rem; font-size: 1.08rem; color: var(--quiet); overflow-wrap: anywhere; }
.lead b { color: var(--ink); font-weight: 600; }
.numbers { display: grid; grid-template-columns: repeat(5, 1fr); margin: 0; padding: 0; border-bottom: 1px solid var(--line); }
.numbers > div { padding: 1.4rem 1rem 1.4rem 1.1rem; border-left: 1px solid var(--line); }
.numbers > div:first-child { border-left: 0; padding-left: 0; }
.numbers dt { font-size: .82rem; color: var(--quiet); }
.numbers dd { margin: 0; }
.numbers .value { margin: .15rem 0 .1rem; font-size: 1.75rem; line-height: 1.25; font-weight: 600; letter-spacing: -.02em; white-space: nowrap; }
.numbers .two { font-size: 1.35rem; line-height: 1.62; }
.numbers .note { font-size: .82rem; color: var(--quiet); }
@media (max-width: 820px) {
  .numbers { grid-template-columns: repeat(2, 1fr); }
  .numbers > div, .numbers > div:first-child { border-left: 0; padding-left: 0; }
}
figure { margin: 0 0 2.75rem; }
figure .plate { display: block; background: #fff; border-radius: 4px; }
@media (prefers-color-scheme: dark) { figure .plate { padding: 14px; width: fit-content; max-width: 100%; } }
figure img { display: block; max-width: 100%; height: auto; }
figcaption { margin-top: .8rem; max-width: 56rem; font-size: .92rem; color: var(--quiet); }
figcaption b { color: var(--ink); font-weight: 600; }
figcaption .files { white-space: nowrap; }
.scroll { overflow-x: auto; margin-bottom: 2.5rem; }
table { border-collapse: collapse; font-size: .92rem; }
th { font-weight: 600; text-align: right; vertical-align: bottom; border-bottom: 1.5px solid var(--ink); }
td { text-align: right; border-bottom: 1px solid var(--line); }
th, td { padding: .45rem 1.1rem; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
td .interval { color: var(--quiet); margin-left: .4em; }
.facts td { text-align: left; white-space: normal; overflow-wrap: anywhere; }
.facts td:first-child { color: var(--quiet); white-space: nowrap; vertical-align: top; }
#comparison { font-size: .82rem; }
#comparison th, #comparison td { padding: .33rem .4rem; }
#comparison th:first-child, #comparison td:first-child { padding-left: 0; }
#comparison th:last-child, #comparison td:last-child { text-align: left; padding-right: 0; }
td.none { color: var(--quiet); text-align: center; }
.papers { margin: -1.75rem 0 3rem; padding: 0; list-style: none; font-size: .86rem; color: var(--quiet); columns: 2; column-gap: 2.5rem; }
.papers li { break-inside: avoid; } .papers b { font-weight: 600; color: var(--ink); margin-right: .4em; }
.summary td:nth-child(3) { text-align: left; white-space: normal; color: var(--quiet); }
.remark { margin: -1.5rem 0 3rem; max-width: 56rem; font-size: .92rem; color: var(--quiet); }
.aside { margin: 3rem 0 0; padding: 1.1rem 1.4rem; border-left: 3px solid var(--accent); background: var(--tint); max-width: 56rem; }
.aside p { margin: 0 0 .5rem; } .aside ul { margin: 0; padding-left: 1.2rem; }
details { margin-top: 1.75rem; }
summary { cursor: pointer; font-weight: 600; }
pre { margin: .9rem 0 0; padding: 1.1rem 1.3rem; background: var(--tint); border-radius: 4px; overflow-x: auto; }
pre, code { font: .86rem/1.5 "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
@media print { body { padding-top: 0; } figure { break-inside: avoid; } details { display: none; } }
)css";

}  // namespace analysis
