import { colors } from './colors.ts';

/** A column of a table. Those that follow are left out first if the terminal is narrow. */
export interface Column<Row> {
  readonly head: string;
  /** What stands there for a person. */
  readonly cell: (row: Row) => string;
  /** What stands there for a program; as for a person if it is left out. */
  readonly exact?: (row: Row) => string;
  readonly color?: (row: Row) => (text: string) => string;
}

export interface Table {
  /** A head, and a line a row, of at most `width` columns: what does not fit is left out from the right, but never the first column. */
  lines(width: number): string[];
  /** A line a row, cells with a tab between, without a head, as the Azure CLI has it. */
  tsv(): string[];
}

const gap = '  ';

export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Table {
  return {
    lines(width) {
      const widths = columns.map(({ head, cell }) => Math.max(head.length, ...rows.map((row) => cell(row).length)));
      const shown = columns.filter((_, at) => at === 0 || widthOf(widths.slice(0, at + 1)) <= width);
      const line = (cells: readonly string[], paint: (text: string, at: number) => string) =>
        cells.map((cell, at) => paint(at === shown.length - 1 ? cell : cell.padEnd(widths[at] ?? 0), at)).join(gap);
      return [
        line(
          shown.map(({ head }) => head),
          (text) => colors.dim(text),
        ),
        ...rows.map((row) =>
          line(
            shown.map(({ cell }) => cell(row)),
            (text, at) => shown[at]?.color?.(row)(text) ?? text,
          ),
        ),
      ];
    },
    tsv: () =>
      rows.map((row) => columns.map(({ cell, exact = cell }) => exact(row).replaceAll(/[\t\r\n]+/g, ' ')).join('\t')),
  };
}

function widthOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, gap.length * (widths.length - 1));
}
