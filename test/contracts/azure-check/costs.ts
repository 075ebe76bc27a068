/** What Azure charges for something that the check uses, at the public cloud's list price. */
interface Price {
  readonly of: string;
  /** Stated generously: a run makes fewer calls. */
  readonly calls: number;
  readonly usdPerThousand: number;
  readonly source: string;
}

/** Prices are those of the pages below; a contract, a currency or a cloud may have others. */
export const prices = {
  account: {
    of: 'AI account, TextAnalytics S',
    calls: 500,
    // A call is one text record, and all of them are charged as language detection is.
    usdPerThousand: 1,
    source: 'https://azure.microsoft.com/pricing/details/cognitive-services/language-service/',
  },
  vault: {
    of: 'key vault, standard',
    calls: 500,
    usdPerThousand: 0.003,
    source: 'https://azure.microsoft.com/pricing/details/key-vault/',
  },
  storage: {
    of: 'storage account, Standard_LRS',
    calls: 5_000,
    // A queue's; a table's are cheaper.
    usdPerThousand: 0.0004,
    source: 'https://azure.microsoft.com/pricing/details/storage/queues/',
  },
} as const satisfies Record<string, Price>;

export function costOf({ calls, usdPerThousand }: Price): number {
  return (calls / 1_000) * usdPerThousand;
}

/** In US dollars, for a whole run. */
export function costOfAll(): number {
  return Object.values(prices).reduce((sum, price) => sum + costOf(price), 0);
}
