/** Charts of a comparison as files of their own, for papers and pages. */
import type { Comparison } from './comparison.js';
import { refinementChart, timeAccuracyChart } from './page/charts.js';
import { refinementRows } from './refinement.js';

/** SVG by file name, on white ground; only those charts that have something to show. */
export function chartFiles(comparison: Comparison): Map<string, string> {
  const charts = {
    'time-accuracy.svg': timeAccuracyChart(comparison.methods),
    'annotations.svg': refinementChart(refinementRows(comparison)),
  };
  const drawn = Object.entries(charts).filter((chart): chart is [string, string] => chart[1] !== undefined);
  return new Map(drawn.map(([name, svg]) => [name, standalone(svg)]));
}

/** Within a page the namespace goes without saying, and the ground is the page's. */
function standalone(svg: string): string {
  const [tag] = /^<svg[^>]*>/.exec(svg)!;
  const named = tag.includes('xmlns=') ? tag : tag.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg"');
  return `${named}<rect width="100%" height="100%" fill="white"/>${svg.slice(tag.length)}\n`;
}
