namespace Carousel.Reports;

/// <summary>The style sheet of <c>report.html</c>: part of the page, because the page must be complete in itself.</summary>
internal static class ReportStyle
{
    // No '<' and no '&' in here: the page is well-formed XML, and a style element is not unescaped by browsers.
    public const string Css = """

        :root {
          color-scheme: light dark;
          --page: #f4f6f9; --card: #ffffff; --ink: #18202c; --soft: #5d6b7e; --line: #e2e7ee; --grid: #edf0f4;
          --model: #2f66ea; --band: #2f66ea; --truth: #18202c; --history: #8a97a8; --train: #8a97a8; --valid: #2f5fde;
          --b0: #e07a1f; --b1: #12927c; --b2: #a04cc8; --b3: #c2344f; --b4: #7a8a00; --b5: #6b7686;
          --good: #0a7d4f; --good-fill: #e5f5ec; --bad: #b3382c; --warn: #8a5a00; --warn-fill: #fff6e0; --warn-line: #f0d9a0; --model-fill: #f0f4fe;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #0e1319; --card: #161d26; --ink: #e7ecf3; --soft: #94a2b5; --line: #28323f; --grid: #202934;
            --model: #7ea2ff; --band: #7ea2ff; --truth: #f0f3f8; --history: #74839a; --train: #74839a; --valid: #7ea2ff;
            --b0: #f2a25c; --b1: #4cc9b0; --b2: #c98be8; --b3: #f07a8e; --b4: #c3d14a; --b5: #98a5b7;
            --good: #5fd39b; --good-fill: #12301f; --bad: #f58b7f; --warn: #f0c674; --warn-fill: #2a2312; --warn-line: #4d3f1c; --model-fill: #1a2438;
          }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif; }
        main { max-width: 1120px; margin: 0 auto; padding: 40px 24px 56px; }
        header { display: flex; align-items: center; gap: 18px; margin-bottom: 28px; }
        header svg { width: 52px; height: 52px; flex: none; }
        h1 { font-size: 28px; line-height: 1.2; margin: 0; letter-spacing: -0.01em; overflow-wrap: anywhere; }
        header p { margin: 4px 0 0; color: var(--soft); overflow-wrap: anywhere; }
        .description { margin: -8px 0 24px; max-width: 860px; overflow-wrap: anywhere; }
        h2 { font-size: 18px; margin: 0 0 4px; letter-spacing: -0.005em; }
        h3 { font-size: 14px; margin: 0 0 8px; font-weight: 600; overflow-wrap: anywhere; }
        .lead { margin: 0 0 16px; color: var(--soft); }
        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 14px; margin-bottom: 18px; }
        .figure { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 16px 18px; }
        .figure .name { color: var(--soft); font-size: 13px; }
        .figure .value { font-size: 28px; line-height: 1.25; font-weight: 650; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
        .figure .detail { color: var(--soft); font-size: 13px; overflow-wrap: anywhere; }
        .figure .detail.good { color: var(--good); font-weight: 600; }
        .figure .detail.bad { color: var(--bad); font-weight: 600; }
        section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 22px 24px; margin-bottom: 18px; }
        section.notes { background: var(--warn-fill); border-color: var(--warn-line); }
        section.notes h2 { color: var(--warn); }
        section.notes ul { margin: 6px 0 0; padding-left: 20px; overflow-wrap: anywhere; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { padding: 8px 14px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
        th { color: var(--soft); font-weight: 600; font-size: 13px; }
        th:first-child, td:first-child { text-align: left; padding-left: 10px; }
        .dense th, .dense td { padding: 5px 9px; font-size: 13px; }
        tbody tr:last-child td { border-bottom: 0; }
        tr.model td { background: var(--model-fill); }
        tr.model td:first-child { font-weight: 650; color: var(--model); }
        td.best { font-weight: 700; color: var(--good); }
        td.best span { background: var(--good-fill); border-radius: 6px; padding: 2px 8px; margin-right: -8px; }
        .split { margin-top: 22px; }
        .bars { max-width: 760px; margin-top: 18px; }
        .panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(440px, 1fr)); gap: 20px 28px; }
        .panels .wide { grid-column: 1 / -1; }
        figure { margin: 0; min-width: 0; }
        .facts { columns: 2 400px; column-gap: 48px; }
        .facts > div { break-inside: avoid-column; padding-bottom: 14px; }
        .facts table { font-size: 14px; }
        .facts td { padding: 4px 0; vertical-align: top; white-space: normal; overflow-wrap: anywhere; }
        .facts td:first-child { padding-left: 0; color: var(--soft); }
        .facts td:last-child { padding-left: 20px; overflow-wrap: break-word; }
        .facts.single { columns: 1; padding-bottom: 16px; }
        .facts.single td:first-child { width: 100px; }
        .facts.single td:last-child { text-align: left; }
        mark { background: none; color: var(--bad); font-weight: 600; }
        footer { color: var(--soft); font-size: 13px; text-align: center; padding-top: 8px; }
        svg.chart { display: block; width: 100%; height: auto; font-size: 12px; }
        svg .grid { stroke: var(--grid); }
        svg .axis { stroke: var(--line); }
        svg .tick, svg .label, svg .key, svg .empty { fill: var(--soft); font-variant-numeric: tabular-nums; }
        svg .note { fill: var(--ink); font-weight: 600; }
        svg .line { fill: none; stroke-width: 1.8; stroke-linejoin: round; stroke-linecap: round; }
        svg .band { fill: var(--history); opacity: 0.18; stroke: none; }
        svg line.mark { stroke: var(--soft); stroke-dasharray: 3 4; }
        svg circle.mark { fill: var(--card); stroke: var(--ink); stroke-width: 2; }
        svg .bar-name, svg .bar-value { fill: var(--ink); font-size: 13px; font-variant-numeric: tabular-nums; }
        svg .strong { font-weight: 700; }
        svg .line.model, svg .line.valid { stroke-width: 2.4; }
        svg .line.history, svg .line.truth { stroke-width: 1.5; }
        .panels svg .line.model { stroke-width: 3; }
        svg .line.model { stroke: var(--model); } svg .dot.model, svg .bar.model { fill: var(--model); }
        svg .band.model { fill: var(--band); }
        svg .line.truth { stroke: var(--truth); } svg .dot.truth { fill: var(--truth); }
        svg .line.history { stroke: var(--history); } svg .dot.history { fill: var(--history); }
        svg .line.train { stroke: var(--train); } svg .dot.train { fill: var(--train); }
        svg .line.valid { stroke: var(--valid); } svg .dot.valid { fill: var(--valid); }
        svg .line.b0 { stroke: var(--b0); } svg .dot.b0 { fill: var(--b0); }
        svg .line.b1 { stroke: var(--b1); } svg .dot.b1 { fill: var(--b1); }
        svg .line.b2 { stroke: var(--b2); } svg .dot.b2 { fill: var(--b2); }
        svg .line.b3 { stroke: var(--b3); } svg .dot.b3 { fill: var(--b3); }
        svg .line.b4 { stroke: var(--b4); } svg .dot.b4 { fill: var(--b4); }
        svg .line.b5 { stroke: var(--b5); } svg .dot.b5 { fill: var(--b5); }
        svg .cell { fill: var(--grid); } svg .cell.right { fill: var(--model); } svg .cell.wrong { fill: var(--b3); }
        svg .hits { fill: var(--ink); font-size: 13px; font-variant-numeric: tabular-nums; } svg .hits.light { fill: var(--card); font-weight: 600; }
        svg .bar.baseline { fill: var(--history); opacity: 0.55; }
        svg .cell { fill: var(--model); } svg .cell.none { fill: var(--grid); }
        @media (max-width: 560px) { .panels { grid-template-columns: 1fr; } main { padding: 24px 12px; } section { padding: 18px 14px; } }
        @media print { body { background: none; } section, .figure { break-inside: avoid; } }

        """;

    /// <summary>A carousel seen from above: our sign, drawn as SVG content of 52 × 52 pixels.</summary>
    public const string Sign = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 52 52" aria-hidden="true"><rect width="52" height="52" rx="13" fill="var(--model)"/><circle cx="26" cy="26" r="14.5" fill="none" stroke="var(--card)" stroke-width="3" stroke-dasharray="76 16" transform="rotate(-58 26 26)" stroke-linecap="round"/><circle cx="26" cy="26" r="5" fill="var(--card)"/><path d="M33.2 8.6 L35.6 15.9 L28.2 15.4 Z" fill="var(--card)"/></svg>
        """;
}
