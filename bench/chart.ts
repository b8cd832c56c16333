interface Bar {
  what: string;
  value: number;
  goal: number;
  most?: boolean | undefined;
  unit?: string | undefined;
}

const [labels, width, line] = [310, 260, 24];

/**
 * Each figure as a bar in parts of its goal, which is a line that all share; where the goal is the most, the bar is its
 * inverse, so that longer is better everywhere.
 */
export function chart(bars: readonly Bar[]): string {
  const height = bars.length * line + 34;
  const rows = bars.map(({ what, value, goal, most, unit = '' }, at) => {
    const part = most ? goal / value : value / goal;
    const y = 28 + at * line;
    const figure = `${unit ? Math.round(value) : value.toFixed(2)} ${unit}`.trim();
    return `<text x="${labels - 10}" y="${y + 12}" text-anchor="end">${what}</text>
<rect class="${part >= 1 ? 'reached' : 'short'}" x="${labels}" y="${y}" width="${Math.round(Math.min(part, 2) * (width / 2))}" height="16" rx="2"/>
<text x="${labels + width + 12}" y="${y + 12}">${figure} <tspan class="goal">(${most ? '≤' : '≥'} ${goal}${unit && ` ${unit}`})</tspan></text>`;
  });
  const goal = labels + width / 2;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 ${height}" width="720" height="${height}" role="img" aria-label="Figures beside their goals">
<style>
text { font: 12px system-ui, sans-serif; fill: #1c2430; }
.goal { fill: #566173; }
.reached { fill: #2f7d5b; }
.short { fill: #b7791f; }
line { stroke: #566173; stroke-dasharray: 3 3; }
@media (prefers-color-scheme: dark) { text { fill: #e7ebf1; } .goal { fill: #a3afc0; } .reached { fill: #4fb286; } .short { fill: #e0a84a; } line { stroke: #a3afc0; } }
</style>
<text x="${goal}" y="14" text-anchor="middle" class="goal">goal</text>
<line x1="${goal}" x2="${goal}" y1="20" y2="${height - 6}"/>
${rows.join('\n')}
</svg>
`;
}
