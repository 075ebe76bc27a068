export interface ErrorBody {
  readonly error: {
    readonly code: string | null;
    readonly message: string;
    readonly type?: string;
    readonly innererror?: { readonly code: string };
  };
}

export interface Languages {
  readonly statistics?: object;
  readonly documents: readonly {
    readonly id: string;
    readonly detectedLanguage: { readonly name: string; readonly iso6391Name: string };
    readonly statistics?: object;
  }[];
  readonly errors: readonly {
    readonly id: string;
    readonly error: { readonly innererror: { readonly code: string } };
  }[];
}

export interface Chat {
  readonly choices: readonly {
    readonly message: { readonly content: string };
    readonly delta: { readonly content?: string };
  }[];
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number; readonly total_tokens: number };
}

export interface Listed {
  readonly object: string;
  readonly data: readonly { readonly id: string }[];
}

/** Vectors as numbers or as base64 text. */
export interface Vectors<T> {
  readonly data: readonly { readonly embedding: T }[];
}

/** The JSON body of an answer, taken for a `T`. */
export async function json<T>(answer: Response | Promise<Response>): Promise<T> {
  return JSON.parse(await (await answer).text());
}
