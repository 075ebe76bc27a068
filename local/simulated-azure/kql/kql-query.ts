/** A query as it was parsed: a table, and what is done to its rows one after the other. */
export interface Query {
  /** As written; null: the default table. */
  readonly table: string | null;
  readonly operators: readonly Operator[];
}

export type Operator =
  | { readonly kind: 'where'; readonly condition: Expression }
  | { readonly kind: 'project' | 'extend' | 'distinct'; readonly columns: readonly NamedExpression[] }
  | { readonly kind: 'project-away' | 'project-keep'; readonly names: readonly string[] }
  | { readonly kind: 'project-rename'; readonly columns: readonly NamedExpression[] }
  | { readonly kind: 'order'; readonly by: readonly Ordering[] }
  | { readonly kind: 'limit'; readonly rows: number }
  | { readonly kind: 'top'; readonly rows: number; readonly by: readonly Ordering[] }
  | { readonly kind: 'count' }
  | {
      readonly kind: 'summarize';
      readonly columns: readonly NamedExpression[];
      readonly by: readonly NamedExpression[];
    };

export interface NamedExpression {
  readonly name: string;
  readonly expression: Expression;
}

export interface Ordering {
  readonly expression: Expression;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export type Expression =
  | { readonly kind: 'value'; readonly value: unknown }
  /** Written with a decimal point: a division by it has a fraction. */
  | { readonly kind: 'real'; readonly value: number }
  | { readonly kind: 'column'; readonly name: string }
  | { readonly kind: 'member'; readonly of: Expression; readonly key: Expression }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: 'binary'; readonly sign: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'list'; readonly sign: string; readonly left: Expression; readonly items: readonly Expression[] };

/** A part of the language that Azure has and this simulation has not. */
export class NotSimulatedKql extends Error {
  constructor(what: string) {
    super(`The simulated Azure's query language does not know ${what}`);
  }
}
